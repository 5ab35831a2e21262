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
  std::vector<double> delta;          // up to the first point that is missing
  std::optional<std::size_t> steady;  // first point at the floor, where that is known
};

/// Of the workload's checkpoints the one nearest to `delta` in ln δ, within a factor of kNear; what is read from it is
/// the same for all its batches. Null where there is none.
const record::Moment* checkpoint_near(const record::Report& report, std::string_view workload, double delta);

/// How often the loss rises: the full one from point to point, a batch's from step to step, apart for the way down
/// (transient) and the floor (steady); and the chance of it near checkpoints beside what was seen there.
void add_uphill(const record::Report& report, const record::Series& series, const record::Workload& workload,
                const std::vector<CurveRun>& runs, const SteadyState& floor, record::CurveNoise& row);

}  // namespace descent::analysis
