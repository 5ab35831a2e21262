#pragma once

#include <vector>

#include "descent/record/report.hpp"

namespace descent::analysis {

inline constexpr int kFirstTimingBlocks = 2, kMostTimingBlocks = 8;  ///< that a process takes, fewest and most

/// What the timings tell of themselves, from the raw tables alone: checks of kind
///   aa           one cell under two names: how often the two differ, and the smallest difference that is told
///   disturbance  timings, sentinels, trend, steal, frequency: what disturbed them
///   precision    the half-width reached, beside the one that was asked for
/// Nothing where nothing was timed.
std::vector<record::Check> check_timings(const record::Report& report);

}  // namespace descent::analysis
