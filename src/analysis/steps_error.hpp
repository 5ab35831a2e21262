#pragma once

#include <vector>

#include "analysis/passage.hpp"

namespace descent::analysis {

/// ln steps of the runs that reached the target.
std::vector<double> log_steps(const SeriesRuns& runs);

/// The error of ln of the mean of `runs` step counts whose logarithms have this variance. Since ln E[k] = E[ln k] +
/// σ²/2 for normal ln k, both the mean and the variance of the logarithms contribute: √(s²/n + s⁴/(2(n − 1))).
/// source  Olsson, Confidence intervals for the mean of a log-normal distribution (2005): Cox's method with t in place
///         of z
LogError steps_error(double variance, double freedom, std::size_t runs);

/// The same from the runs themselves; empty if a run did not reach the target, or if there is only one run.
std::optional<LogError> own_error(const SeriesRuns& runs);

/// Moves the variances of ln steps of the batch sizes of one workload, target, optimizer and rule towards their common
/// value, and sets the intervals that depend on them. Example: with three seeds alone t is 4.3; with four batch sizes
/// of three seeds each it is 2.3.
void pool_steps_errors(record::Report& report);

/// A series' runs to a target, with the error from its row of `convergence`.
SeriesRuns runs_of(const record::Report& report, const record::Series& series, const record::Workload& workload,
                   const Target& target);

}  // namespace descent::analysis
