#pragma once

#include "analysis/passage.hpp"

namespace descent::analysis {

/// A series' own signal near a target, and the noise of its batches over it: gradient_norm and noise_to_signal of its
/// row. |G| is read off the series' own curves. Gradient descent, on whose path moments are taken, is at the same δ in
/// flatter directions, where |G| is up to ten times smaller.
void add_signal(const record::Report& report, const record::Series& series, const record::Workload& workload,
                const Target& target, record::Convergence& row);

}  // namespace descent::analysis
