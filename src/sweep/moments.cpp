#include "descent/train/moments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "descent/core/text.hpp"
#include "sweep/piece.hpp"

namespace descent {
namespace {

/// Weights along the path of one workload at which moments are taken.
struct Checkpoint {
  std::string label;  // start, a target, end
  std::int64_t step = 0;
  std::vector<float> weights;
  Real delta;
};

/// The gradient-descent series of a workload, the same path whatever the batch sizes; the largest batch where there is
/// none. Null where it was not trained here: of several shards, the one that trains it takes the moments.
const SeriesState* path_of(const SweepState& state, std::size_t workload) {
  const SeriesState* path = nullptr;
  for (const SeriesState& series : state.series)  // by batch, gd last
    if (series.plan.workload == workload && series.plan.headline && series.plan.lr_rule != "linear" &&
        series.plan.lr_rule != "sqrt")
      path = &series;
  return path != nullptr && path->plan.owned && !path->snapshots.empty() ? path : nullptr;
}

/// Start, first target, headline and end of the path.
std::vector<Checkpoint> checkpoints_of(const SweepState& state, const WorkloadState& workload,
                                       const SeriesState& path) {
  const auto parameters = static_cast<std::size_t>(workload.record.parameters);
  std::vector<Checkpoint> result{{"start", 0, std::vector<float>(parameters, 0.0F), 1.0}};
  const std::set<std::string> wanted{shortest(state.options.targets.front()), shortest(state.options.targets.back()),
                                     "end"};
  const Curve& curve = path.trajectories.begin()->second.curve;
  for (const Snapshot& snapshot : path.snapshots) {
    if (!wanted.contains(snapshot.label)) continue;
    Checkpoint checkpoint{snapshot.label, snapshot.step, snapshot.weights, std::nullopt};
    const auto at = std::find(curve.step.begin(), curve.step.end(), snapshot.step) - curve.step.begin();
    const Real optimum = workload.record.optimum_value;
    if (optimum && static_cast<std::size_t>(at) < curve.loss.size() && curve.loss[static_cast<std::size_t>(at)])
      checkpoint.delta = (*curve.loss[static_cast<std::size_t>(at)] - *optimum) / (workload.record.f0 - *optimum);
    result.push_back(std::move(checkpoint));
  }
  return result;
}

/// Powers of two from 1, n, and the batch sizes of the sweep.
std::vector<std::size_t> batches_of(const SweepState& state, std::size_t workload) {
  const std::size_t n = state.data.training.rows();
  std::set<std::size_t> batches{n};
  for (std::size_t batch = 1; batch < n; batch *= 2) batches.insert(batch);
  for (const SeriesState& series : state.series)
    if (series.plan.workload == workload) batches.insert(static_cast<std::size_t>(series.plan.batch));
  return {batches.begin(), batches.end()};
}

/// Rows that the search and the training of the headline's series go through: from steps that are deterministic and
/// known in every shard that can ask, unlike seconds.
double rows_trained(const SweepState& state, const SeriesState& path) {
  double rows = 0;
  for (const SeriesState& series : state.series) {
    const SeriesPlan& plan = series.plan;
    if (plan.workload != path.plan.workload || !plan.headline || plan.lr_rule != path.plan.lr_rule) continue;
    double steps = 0, winner = 0;
    for (const Tuning& tuning : series.tunings) {
      steps += static_cast<double>(tuning.steps);
      if (tuning.lr == series.record.chosen_lr) winner = static_cast<double>(tuning.steps);
    }
    if (series.tunings.empty())  // no search: as many rows as the path went through
      winner = static_cast<double>(path.trajectories.begin()->second.steps) * static_cast<double>(path.plan.batch) /
               static_cast<double>(plan.batch);
    rows += (steps + winner * static_cast<double>(plan.seeds.size())) * static_cast<double>(plan.batch);
  }
  return rows;
}

/// Samples as many batches as a tenth of training and search pays for, within the bounds of MomentsRequest's defaults.
void limit_cost(MomentsRequest& request, double n, double rows) {
  constexpr double kDouble = 3;  // a row here, in double, against one in training
  const MomentsRequest most;
  for (const double share : {1.0, 0.5, 0.25, 0.125}) {
    request.most_batches = static_cast<std::size_t>(static_cast<double>(most.most_batches) * share);
    request.most_epochs = most.most_epochs * share;
    request.curvature_flops = most.curvature_flops * share;
    double sampled = 0;
    for (const std::size_t batch : request.batches)
      sampled += std::min(static_cast<double>(request.most_batches * batch),
                          std::max(request.most_epochs * n, static_cast<double>(batch)));
    if (kDouble * static_cast<double>(request.samplings.size()) * sampled <= rows) return;
  }
}

/// The rate that the series of a batch was trained at, for the floor there.
std::vector<std::optional<double>> rates_of(const SweepState& state, std::size_t workload,
                                            const std::vector<std::size_t>& batches) {
  std::vector<std::optional<double>> rates;
  for (const std::size_t batch : batches) {
    rates.emplace_back();
    for (const SeriesState& series : state.series)
      if (series.plan.workload == workload && series.plan.headline && series.plan.optimizer == "sgd" &&
          static_cast<std::size_t>(series.plan.batch) == batch && series.record.chosen_lr > 0 && !rates.back())
        rates.back() = series.record.chosen_lr;
  }
  return rates;
}

std::vector<Moment> measure(const SweepState& state, std::size_t index, const Checkpoint& checkpoint,
                            std::uint64_t seed, double rows, Team& team) {
  const WorkloadState& workload = state.workloads[index];
  MomentsRequest request;
  request.batches = batches_of(state, index);
  if (checkpoint.label == "end") request.rates = rates_of(state, index, request.batches);
  request.seed = seed;
  limit_cost(request, static_cast<double>(state.data.training.rows()), rows);
  std::vector<Moment> moments =
      measure_moments(state.data.training, *workload.loss, state.options.l2, checkpoint.weights, team, request);
  for (Moment& moment : moments) {
    moment.workload = workload.record.id;
    moment.checkpoint = checkpoint.label;
    moment.delta = checkpoint.delta;
    moment.step = checkpoint.step;
  }
  return moments;
}

}  // namespace

void run_moments(SweepState& state) {
  if (state.cancel || state.options.shard_what == "timings") return;
  state.enter("moments", state.workloads.size(), static_cast<double>(state.workloads.size()), 0.75);
  const int most = *std::max_element(state.options.threads.begin(), state.options.threads.end());
  Team team({std::min(available_cpus(), most), state.options.pin, state.options.placement});
  for (std::size_t index = 0; index < state.workloads.size(); ++index) {
    const SeriesState* const path = path_of(state, index);
    if (path == nullptr) continue;
    const std::vector<Checkpoint> checkpoints = checkpoints_of(state, state.workloads[index], *path);
    const double rows = 0.1 * rows_trained(state, *path) / static_cast<double>(checkpoints.size());
    for (std::size_t c = 0; c < checkpoints.size(); ++c) {
      if (state.stopping()) return;
      const std::string key = fmt::format("{} at {} of {} lr {}", state.workloads[index].record.id,
                                          checkpoints[c].label, path->record.id, shortest(path->record.chosen_lr));
      const std::vector<Moment> moments =
          piece<std::vector<Moment>>(state, "moments", "moments", key, 1 / static_cast<double>(checkpoints.size()),
                                     [&] { return measure(state, index, checkpoints[c], c + 1, rows, team); });
      state.report.moments.insert(state.report.moments.end(), moments.begin(), moments.end());
    }
  }
}

}  // namespace descent
