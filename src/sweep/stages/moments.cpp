#include "descent/train/moments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "descent/core/text.hpp"
#include "descent/record/find.hpp"
#include "sweep/journal/piece.hpp"
#include "sweep/stages/floors.hpp"
#include "sweep/stages/noise_budget.hpp"

namespace descent::sweep {
namespace {

/// Weights of one workload at which moments are taken.
struct Checkpoint {
  std::string label, path;  // label: start, 0.1, the headline target, end or optimum; path: the series that passed it
  std::int64_t step = 0;
  std::vector<float> weights;
  record::Real delta;
};

/// The series whose path is measured: a workload's first family on all rows, which is the same whatever the batch
/// sizes; else its largest batch. Null if it was not trained here: the shard that trains it measures the moments.
const SeriesState* path_of(const SweepState& state, std::size_t workload) {
  const SeriesState* path = nullptr;
  for (const SeriesState& series : state.series)  // by family, then batch, all rows last
    if (series.plan.workload == workload && series.plan.headline && !record::is_scaled(series.plan.lr_rule) &&
        (path == nullptr || path->plan.family == series.plan.family))
      path = &series;
  return path != nullptr && path->plan.owned && !path->snapshots.empty() ? path : nullptr;
}

/// The checkpoints: start, δ = 0.1, headline and end of the path, and the optimum.
std::vector<Checkpoint> checkpoints_of(const SweepState& state, const WorkloadState& workload,
                                       const SeriesState& path) {
  const auto parameters = static_cast<std::size_t>(workload.record.parameters);
  std::vector<Checkpoint> result{{"start", path.record.id, 0, workload.start, 1.0}};
  const std::set<std::string> wanted{core::shortest(record::kMiddleDelta), target_label(headline_of(state.options)),
                                     "end"};
  const record::Curve& curve = path.trajectories.begin()->second.curve;
  for (const Snapshot& snapshot : path.snapshots) {
    if (!wanted.contains(snapshot.label)) continue;
    Checkpoint checkpoint{snapshot.label, path.record.id, snapshot.step, snapshot.weights, std::nullopt};
    const auto at = std::find(curve.step.begin(), curve.step.end(), snapshot.step) - curve.step.begin();
    const record::Real optimum = workload.record.optimum_value;
    if (optimum && static_cast<std::size_t>(at) < curve.loss.size() && curve.loss[static_cast<std::size_t>(at)])
      checkpoint.delta = (*curve.loss[static_cast<std::size_t>(at)] - *optimum) / (workload.record.f0 - *optimum);
    result.push_back(std::move(checkpoint));
  }
  if (workload.optimum_weights.size() == parameters)
    result.push_back({"optimum", "", 0, {workload.optimum_weights.begin(), workload.optimum_weights.end()}, 0.0});
  return result;
}

std::vector<std::size_t> trained_batches(const SweepState& state, std::size_t workload) {
  std::vector<std::size_t> batches;
  for (const SeriesState& series : state.series)
    if (series.plan.workload == workload) batches.push_back(static_cast<std::size_t>(series.plan.batch));
  return batches;
}

/// Batch sizes for the moments: powers of two from 1 on, n, and those of the sweep.
std::vector<std::size_t> batches_of(const SweepState& state, std::size_t workload) {
  const std::size_t n = state.data.training.rows();
  std::set<std::size_t> batches{n};
  for (std::size_t batch = 1; batch < n; batch *= 2) batches.insert(batch);
  for (const std::size_t batch : trained_batches(state, workload)) batches.insert(batch);
  return {batches.begin(), batches.end()};
}

/// By batch, the rate at which its series was trained, if it is constant: for predicting the floor.
std::vector<std::optional<double>> rates_of(const SweepState& state, std::size_t workload,
                                            const std::vector<std::size_t>& batches) {
  std::vector<std::optional<double>> rates;
  for (const std::size_t batch : batches) {
    rates.emplace_back();
    for (const SeriesState& series : state.series)
      if (series.plan.workload == workload && series.plan.headline && series.plan.has_plain_noise() &&
          series.plan.schedule == record::RateSchedule::constant &&
          static_cast<std::size_t>(series.plan.batch) == batch && series.record.chosen_lr > 0 && !rates.back())
        rates.back() = series.record.chosen_lr;
  }
  return rates;
}

/// Most of the seconds go to the headline checkpoint, or to the end if the headline was not reached; the rest is
/// shared.
double share_of(const SweepState& state, const std::vector<Checkpoint>& checkpoints, const Checkpoint& checkpoint) {
  const std::string headline = target_label(headline_of(state.options));
  const bool reached = std::any_of(checkpoints.begin(), checkpoints.end(),
                                   [&](const Checkpoint& other) { return other.label == headline; });
  constexpr double most = 0.6;
  if (checkpoint.label == (reached ? headline : "end")) return most;
  return (1 - most) / static_cast<double>(std::max<std::size_t>(2, checkpoints.size()) - 1);
}

MomentsPiece measure(const SweepState& state, std::size_t index, const Checkpoint& checkpoint, std::uint64_t seed,
                     double seconds, machine::Team& team) {
  const WorkloadState& workload = state.workloads[index];
  const Stopwatch watch;
  train::MomentsRequest request;
  request.batches = batches_of(state, index);
  if (checkpoint.label == "optimum") request.rates = rates_of(state, index, request.batches);
  request.seed = seed;
  fit_moments(state.data.training, *workload.loss, trained_batches(state, index), seconds, request);
  MomentsPiece piece;
  piece.moments = train::measure_moments(state.data.training, *workload.loss, state.options.l2, checkpoint.weights,
                                         team, request, &piece.exact_seconds);
  // A run that diverged leaves weights whose gradient overflows double precision: such records are dropped.
  std::erase_if(piece.moments, [](const record::Moment& moment) {
    return !std::isfinite(moment.gradient_norm_squared) || !std::isfinite(moment.trace_covariance);
  });
  for (record::Moment& moment : piece.moments) {
    moment.workload = workload.record.id;
    moment.checkpoint = checkpoint.label;
    moment.path = checkpoint.path;
    moment.delta = checkpoint.delta;
    moment.step = checkpoint.step;
  }
  piece.seconds = watch.seconds();
  return piece;
}

/// Measures the moments of one workload along its path, and adds the time to `cost`.
void measure_path(SweepState& state, std::size_t index, const SeriesState& path, NoiseCost& cost, machine::Team& team) {
  const std::vector<Checkpoint> checkpoints = checkpoints_of(state, state.workloads[index], path);
  const double seconds = moments_seconds(state, path);
  double exact = 0;
  if (!checkpoints.empty()) {
    train::MomentsRequest none;
    exact = train::moments_cost(state.data.training, *state.workloads[index].loss, none).exact;
  }
  const double beside =
      std::max(seconds - exact * static_cast<double>(checkpoints.size()), kMomentsPart * kNoiseSeconds);
  for (std::size_t c = 0; c < checkpoints.size() && !state.stopping(); ++c) {
    // The exact passes cannot be stopped: one that would not end in time is not begun.
    if (state.stage_deadline &&
        SweepState::Clock::now() + std::chrono::duration<double>(exact) > *state.stage_deadline) {
      state.warn(fmt::format("{}: its moments did not fit into the budget", state.workloads[index].record.id));
      break;
    }
    const std::string key = fmt::format("{} at {} of {} lr {}", state.workloads[index].record.id, checkpoints[c].label,
                                        path.record.id, core::shortest(path.record.chosen_lr));
    const MomentsPiece found =
        piece<MomentsPiece>(state, "moments", "moments", key, 1 / static_cast<double>(checkpoints.size()), [&] {
          return measure(state, index, checkpoints[c], c + 1, beside * share_of(state, checkpoints, checkpoints[c]),
                         team);
        });
    cost.seconds += found.seconds, cost.exact_seconds += found.exact_seconds;
    state.report.moments.insert(state.report.moments.end(), found.moments.begin(), found.moments.end());
  }
}

/// Checks that noise took no more seconds than its bound. Not done for a shard, which measures for more series than it
/// trains.
void check_share(SweepState& state, std::size_t index, const NoiseCost& cost, int threads) {
  if (state.options.shard && state.options.shard->second > 1) return;
  double trained = 0;
  for (const SeriesState& series : state.series)
    if (series.plan.workload == index) trained += series.step_seconds / threads;
  if (!(trained > 0) || !(cost.seconds > 0)) return;
  const double bound = std::max(kNoiseShare * trained, cost.exact_seconds + kNoiseSeconds);
  state.report.checks.push_back(
      {record::CheckKind::moments_share, state.workloads[index].record.id,
       cost.seconds <= bound ? record::Verdict::ok : record::Verdict::suspect, cost.seconds / trained, std::nullopt,
       bound / trained,
       fmt::format("{:.3g} s for {:.3g} s of search and training; at most {:.3g}: {}", cost.seconds, trained, bound,
                   bound > kNoiseShare * trained ? "the exact passes and 0.2 s" : "a tenth")});
}

}  // namespace

void run_moments(SweepState& state) {
  if (state.cancel || !state.model->has_exact_moments()) return;
  state.enter("moments", state.workloads.size(), 2 * static_cast<double>(state.workloads.size()), 0.75);
  const int most = *std::max_element(state.options.threads.begin(), state.options.threads.end());
  machine::Team team({std::min(machine::available_cpus(), most), state.options.pin, state.options.placement});
  std::vector<NoiseCost> costs(state.workloads.size());
  for (std::size_t index = 0; index < state.workloads.size(); ++index) {
    if (state.stopping()) break;
    if (const SeriesState* const path = path_of(state, index)) measure_path(state, index, *path, costs[index], team);
  }
  run_floors(state, costs, team);
  for (std::size_t index = 0; index < state.workloads.size() && !state.stopping(); ++index)
    check_share(state, index, costs[index], team.threads());
}

}  // namespace descent::sweep
