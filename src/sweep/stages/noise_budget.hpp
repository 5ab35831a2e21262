#pragma once

#include <optional>

#include "descent/train/floor_run.hpp"
#include "descent/train/moments.hpp"
#include "sweep/state.hpp"

namespace descent::sweep {

// Measuring noise may take a tenth of the time of a workload's training and search: most of it for the moments, the
// rest for floor runs. What has to be left out is decided from steps and sizes alone, which are the same on every
// machine and in every shard. The check `moments_share` says how many seconds it really took.

inline constexpr double kNoiseShare = 0.1;
inline constexpr double kMomentsPart = 0.6, kFloorsPart = 0.4;  ///< shares of the noise budget
inline constexpr double kNoiseSeconds = 0.2;  ///< least budget of a workload, without the exact passes

/// Seconds of the steps that the search and the trajectories of a trained series took, on one core, by arithmetic
/// alone.
double nominal_seconds(const SweepState& state, const SeriesState& series);

/// Seconds that the moments of the workload with path `path` may take. Exact passes are made even if they take longer.
double moments_seconds(const SweepState& state, const SeriesState& path);

/// Reduces a request until it fits into `seconds` besides the exact pass. In this order: the curvature's sample
/// shrinks, the Lyapunov equation is left out, then most of the sampled batches (those of the `trained` batch sizes
/// last), then curvature, then the rest.
void fit_moments(const data::Dataset& data, const loss::Loss& loss, const std::vector<std::size_t>& trained,
                 double seconds, train::MomentsRequest& request);

/// How often the floor run of a series is evaluated, and how far it goes; empty if a run within the budget would be too
/// short to show anything. One half of the budget of floor runs is divided evenly among the series, since small batches
/// take the least time to train but have the largest noise floors; this half is a share of the time that the plan
/// expects for training and search. The other half is divided by the time that each series took.
struct FloorPlan {
  std::int64_t spacing = 1;
  std::size_t looks = 0, epochs = 0;
};
std::optional<FloorPlan> plan_floor(const SweepState& state, const SeriesState& series);

/// The floor run that compares the floor of a chosen rate with its target, outside the noise budget: `looks` even
/// evaluations over `times` times the steps that the search expects to the target. Empty for a rate that no search has
/// found.
std::optional<FloorPlan> plan_floor_of_target(const SweepState& state, const SeriesState& series, std::int64_t times,
                                              std::size_t looks);

}  // namespace descent::sweep
