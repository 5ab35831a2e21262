#pragma once

#include <optional>
#include <vector>

#include "analysis/floor.hpp"
#include "descent/record/report.hpp"

namespace descent::analysis {

inline constexpr double kNear = 3;  // factor in δ around a checkpoint that still counts as near

/// One run of a series on the evaluation grid.
struct CurveRun {
  const record::Trajectory* record;
  std::vector<double> delta;          // before the first missing point
  std::optional<std::size_t> steady;  // first point at the floor, if known
};

/// The workload's checkpoint that is nearest to `delta` in ln δ, within a factor of kNear; use only columns that are
/// the same for all its batches. Null if there is none.
const record::Moment* checkpoint_near(const record::Report& report, std::string_view workload, double delta);

/// Fills in how often the loss rises: the full loss from point to point, the batch loss from step to step, separately
/// on the way down (transient) and at the floor (steady); and near checkpoints also the predicted probability.
void add_uphill(const record::Report& report, const record::Series& series, const record::Workload& workload,
                const std::vector<CurveRun>& runs, const SteadyState& floor, record::CurveNoise& row);

}  // namespace descent::analysis
