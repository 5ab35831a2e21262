#pragma once

#include <optional>
#include <vector>

#include "descent/record/report.hpp"

namespace descent::analysis {

inline constexpr int kFirstTimingRounds = 2, kMostTimingRounds = 8;  ///< that a process takes, fewest and most

/// Seconds per step with their interval, whose ends are absent where nothing gives them.
struct StepSeconds {
  double centre = 0;
  std::optional<double> low, high;
};

/// Seconds of a step of a whole run, its steps beyond the target included, composed of the timings of a cell: what the
/// run, measured from end to end, has to take. None where the cell has no timings.
std::optional<StepSeconds> step_seconds_of_run(const record::Report& report, const record::Trajectory& run,
                                               const record::Cell& cell);

/// What the timings tell of themselves, from the raw tables alone: checks of kind
///   aa           one cell under two names: how often the two differ, and the smallest difference that is told
///   disturbance  timings, sentinels, trend, steal, frequency: what disturbed them
///   precision    the half-width reached, beside the one that was asked for
/// Nothing where nothing was timed.
std::vector<record::Check> check_timings(const record::Report& report);

}  // namespace descent::analysis
