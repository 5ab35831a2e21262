#pragma once

#include <optional>
#include <vector>

#include "descent/record/report.hpp"

namespace descent::analysis {

inline constexpr int kFirstTimingRounds = 2, kMostTimingRounds = 8;  ///< fewest and most rounds of a process

/// Seconds per step with their interval; ends that are not known are empty.
struct StepSeconds {
  double centre = 0;
  std::optional<double> low, high;
};

/// Mean seconds per step of a whole run, including steps beyond the target, composed from the timings of a cell. The
/// run measured from end to end should take this. Empty if the cell has no timings.
std::optional<StepSeconds> step_seconds_of_run(const record::Report& report, const record::Trajectory& run,
                                               const record::Cell& cell);

/// Checks of the timings, computed from the raw tables alone. Their kinds are
///   aa           one cell under two names: how often the two differ, and the smallest difference that can be detected
///   disturbance  what disturbed the timings: disturbed samples, sentinels, trend, steal, frequency
///   precision    the half-width reached, and the one that was requested
/// Empty if nothing was timed.
std::vector<record::Check> check_timings(const record::Report& report);

}  // namespace descent::analysis
