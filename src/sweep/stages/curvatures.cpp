#include <fmt/format.h>

#include <algorithm>

#include "descent/train/curvature.hpp"
#include "sweep/journal/piece.hpp"
#include "sweep/search/training.hpp"

namespace descent::sweep {
namespace {

// A product takes two gradients, a checkpoint some forty products and a gradient for each row of the noise.
constexpr double kWork = 2e8;  // rows × parameters of one gradient: about a tenth of a second
constexpr double kFewestRows = 64, kMostRows = 2048, kNoiseRows = 256;

/// At most `most` rows, evenly spread over the data.
std::vector<std::uint32_t> spread(std::size_t n, double most) {
  const auto count = static_cast<std::size_t>(std::min(static_cast<double>(n), most));
  std::vector<std::uint32_t> rows;
  for (std::size_t r = 0; r < count; ++r) rows.push_back(static_cast<std::uint32_t>(r * n / count));
  return rows;
}

/// The first series of a workload whose weights on the way were kept.
const SeriesState* path_of(const SweepState& state, std::size_t workload) {
  for (const SeriesState& series : state.series)
    if (series.plan.workload == workload && series.plan.owned && !series.snapshots.empty()) return &series;
  return nullptr;
}

CurvaturePiece measure(SweepState& state, const SeriesState& path, const Snapshot& at, machine::Team& team) {
  const WorkloadState& workload = state.workloads[path.plan.workload];
  const std::unique_ptr<engine::Objective> objective = state.objective_of(workload, team);
  const double rows = std::clamp(kWork / static_cast<double>(at.weights.size()), kFewestRows, kMostRows);
  const std::vector<std::uint32_t> taken = spread(state.data.training.rows(), rows);
  const std::optional<train::Curvature> found = train::curvature_at(*objective, at.weights, taken, 40, &state.cancel);
  if (!found || state.stopping()) throw Stopped{};
  CurvaturePiece piece;
  record::Curvature& record = piece.record;
  record.workload = workload.record.id, record.series = path.record.id;
  record.checkpoint = at.label, record.step = at.step;
  record.rows = static_cast<std::int64_t>(taken.size());
  record.least = found->least, record.most = found->most, record.least_residual = found->least_residual;
  record.products = found->products;
  record.noise_along =
      train::noise_along(*objective, at.weights, spread(state.data.training.rows(), kNoiseRows), found->direction);
  return piece;
}

}  // namespace

void run_curvatures(SweepState& state) {
  if (state.cancel || state.data.training.rows() == 0) return;
  std::vector<std::pair<const SeriesState*, Snapshot>> checkpoints;
  for (std::size_t index = 0; index < state.workloads.size(); ++index) {
    const WorkloadState& workload = state.workloads[index];
    const SeriesState* const path = path_of(state, index);
    if (!workload.wanted || workload.record.convex || path == nullptr) continue;
    checkpoints.push_back({path, {"start", 0, workload.start}});
    for (const Snapshot& snapshot : path->snapshots) checkpoints.push_back({path, snapshot});
  }
  if (checkpoints.empty()) return;
  state.enter("curvature", checkpoints.size(), static_cast<double>(checkpoints.size()), 0.78);
  const int most = *std::max_element(state.options.threads.begin(), state.options.threads.end());
  machine::Team team({std::min(machine::available_cpus(), most), state.options.pin, state.options.placement});
  for (const auto& checkpoint : checkpoints) {
    if (state.stopping()) return;
    try {
      const std::string key = fmt::format("{} at {}", checkpoint.first->record.id, checkpoint.second.label);
      state.report.curvatures.push_back(piece<CurvaturePiece>(state, "curvature", "curvature", key, 1, [&] {
                                          return measure(state, *checkpoint.first, checkpoint.second, team);
                                        }).record);
    } catch (const Stopped&) {
      return;
    }
  }
}

}  // namespace descent::sweep
