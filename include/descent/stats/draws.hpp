#pragma once

#include "descent/core/random.hpp"

namespace descent::stats {

// Random numbers from the distributions that intervals need; the same on every machine up to the last bits of the C
// library's functions.

/// χ² with freedom > 0 degrees of freedom: twice a gamma variable of shape freedom/2 (Marsaglia and Tsang 2000). The
/// cost hardly depends on freedom.
double draw_chi_squared(core::CounterRandom& random, double freedom);

/// Student's t: a normal over the root of χ²/freedom.
double draw_t(core::CounterRandom& random, double freedom);

}  // namespace descent::stats
