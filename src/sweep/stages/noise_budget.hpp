#pragma once

#include <optional>

#include "descent/train/floor_run.hpp"
#include "descent/train/moments.hpp"
#include "sweep/state.hpp"

namespace descent::sweep {

// Noise may cost a tenth of a workload's training and search: most of it for the moments, the rest for floor runs. What
// is left out follows from steps and sizes alone, which are the same on every machine and in every shard; the check
// `moments_share` says what it came to in seconds.

inline constexpr double kNoiseShare = 0.1;
inline constexpr double kMomentsPart = 0.6, kFloorsPart = 0.4;  ///< of either
inline constexpr double kNoiseSeconds = 0.2;  ///< of a workload beside the exact passes, where a tenth is less

/// Seconds of the steps that the search and the trajectories of a trained series took, on one core, by arithmetic
/// alone.
double nominal_seconds(const SweepState& state, const SeriesState& series);

/// Seconds that the moments of a workload may take, whose path is `path`; exact passes that exceed them are taken all
/// the same.
double moments_seconds(const SweepState& state, const SeriesState& path);

/// Leaves out of a request what does not fit into `seconds` beside the exact pass: the curvature's sample shrinks, then
/// the Lyapunov equation goes, then most of the sampled batches (those of the `trained` batch sizes last), then
/// curvature, then the rest.
void fit_moments(const data::Dataset& data, const loss::Loss& loss, const std::vector<std::size_t>& trained,
                 double seconds, train::MomentsRequest& request);

/// How often the floor run of a series looks, and how far it goes; nothing where that would cost too much to show
/// anything. One half of what floor runs may take is shared out evenly among the series, since small batches take the
/// least time to train, and theirs are the floors that the noise is largest at; how much there is follows from what the
/// plan expects training and search to take.
/// The other half goes by what each series took.
struct FloorPlan {
  std::int64_t spacing = 1;
  std::size_t looks = 0, epochs = 0;
};
std::optional<FloorPlan> plan_floor(const SweepState& state, const SeriesState& series);

/// What it takes to hold the floor of a chosen rate against its target, whatever noise may cost: `looks` even looks at
/// `times` as many steps as the search expects to the target. Nothing for a rate that no search has found.
std::optional<FloorPlan> plan_floor_of_target(const SweepState& state, const SeriesState& series, std::int64_t times,
                                              std::size_t looks);

}  // namespace descent::sweep
