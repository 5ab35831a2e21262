#pragma once

#include "descent/core/random.hpp"

namespace descent::stats {

// Random numbers of the distributions that intervals are made of; the same on every machine up to the last bits of the
// C library's functions.

/// χ² with freedom > 0 degrees of freedom, twice a gamma of half as many (Marsaglia and Tsang 2000), at about the same
/// cost for any number of them.
double draw_chi_squared(core::CounterRandom& random, double freedom);

/// Student's t: a normal over the root of χ²/freedom.
double draw_t(core::CounterRandom& random, double freedom);

}  // namespace descent::stats
