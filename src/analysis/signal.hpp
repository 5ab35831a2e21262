#pragma once

#include "analysis/passage.hpp"

namespace descent::analysis {

/// Fills gradient_norm and noise_to_signal of a row: the series' own |G| near a target, and the noise of its batches
/// relative to it. |G| is read from the series' own curves: on the path of gradient descent, where moments are
/// measured, |G| at the same δ is up to ten times smaller, since that path lies in flatter directions.
void add_signal(const record::Report& report, const record::Series& series, const record::Workload& workload,
                const Target& target, record::Convergence& row);

}  // namespace descent::analysis
