#pragma once

#include <vector>

#include "analysis/passage.hpp"

namespace descent::analysis {

/// ln steps of the runs that reached; as many as there are runs where all did.
std::vector<double> log_steps(const SeriesRuns& runs);

/// How well the mean of `runs` steps is known whose logarithms have this variance. Besides the mean of the logarithms,
/// their variance has an error, as ln E[k] = E[ln k] + σ²/2 for normal ln k: √(s²/n + s⁴/(2(n − 1))).
/// source  Olsson, Confidence intervals for the mean of a log-normal distribution (2005): Cox's method with t in place
///         of z
LogError steps_error(double variance, double freedom, std::size_t runs);

/// The same from the runs themselves; nothing where one did not reach, or where there is one alone.
std::optional<LogError> own_error(const SeriesRuns& runs);

/// Moves the variances of ln steps of one workload, target, optimizer and rule towards what they have in common, and
/// sets the intervals that rest on them: of three seeds alone t is 4.3, of four batch sizes of three seeds 2.3.
void pool_steps_errors(record::Report& report);

/// A series' runs to a target, with the error that their row of `convergence` gives.
SeriesRuns runs_of(const record::Report& report, const record::Series& series, const record::Workload& workload,
                   const Target& target);

}  // namespace descent::analysis
