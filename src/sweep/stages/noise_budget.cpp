#include "sweep/stages/noise_budget.hpp"

#include <algorithm>
#include <cmath>

#include "descent/machine/nominal.hpp"
#include "sweep/plan/estimate.hpp"

namespace descent::sweep {

namespace nominal = machine::nominal;

namespace {

constexpr std::size_t kMostLooks = 512, kFewestLooks = 40;
constexpr std::size_t kMostEpochs = 400, kFewestEpochs = 10;
constexpr std::int64_t kLooksPerEpoch = 8, kFewestLooksPerEpoch = 4;
constexpr std::int64_t kMostSpacing = 64;  // steps; with more, a longer run would only show a slower mode

double row_flops(const SweepState& state, const SeriesState& series) {
  const WorkloadState& workload = state.workloads[series.plan.workload];
  return 4 * static_cast<double>(state.data.training.width()) * workload.record.outputs;
}

double step_seconds(const SweepState& state, const SeriesState& series) {
  return nominal::kStep +
         static_cast<double>(series.plan.batch) * (nominal::kRow + nominal::kFlop * row_flops(state, series));
}

bool holds(const std::vector<std::size_t>& batches, std::size_t batch) {
  return std::find(batches.begin(), batches.end(), batch) != batches.end();
}

bool takes_floor(const SeriesState& series) {
  return series.plan.has_plain_noise() && series.plan.schedule == record::RateSchedule::constant;
}

}  // namespace

double nominal_seconds(const SweepState& state, const SeriesState& series) {
  double steps = 0, winner = 0;
  for (const record::Tuning& tuning : series.tunings) {
    steps += static_cast<double>(tuning.steps);
    if (tuning.lr == series.record.chosen_lr) winner = static_cast<double>(tuning.steps);
  }
  // Trajectories of other shards are not known here: each is assumed to take as long as the winning trial.
  if (series.tunings.empty() && !series.trajectories.empty())
    winner = static_cast<double>(series.trajectories.begin()->second.steps);
  return (steps + winner * static_cast<double>(series.plan.seeds.size())) * step_seconds(state, series);
}

double moments_seconds(const SweepState& state, const SeriesState& path) {
  double seconds = 0;
  for (const SeriesState& series : state.series)
    if (series.plan.workload == path.plan.workload && series.plan.headline &&
        series.plan.lr_rule == path.plan.lr_rule && !series.tunings.empty())
      seconds += nominal_seconds(state, series);
  if (path.tunings.empty()) seconds = nominal_seconds(state, path);  // without a search, every shard knows only this
  return kMomentsPart * std::max(kNoiseShare * seconds, kNoiseSeconds);
}

void fit_moments(const data::Dataset& data, const loss::Loss& loss, const std::vector<std::size_t>& trained,
                 double seconds, train::MomentsRequest& request) {
  const auto fits = [&] {
    const train::MomentsCost cost = train::moments_cost(data, loss, request);
    return cost.sampled + cost.lyapunov + cost.curvature <= seconds;
  };
  for (int halvings = 0; halvings < 12 && !fits(); ++halvings) request.curvature_flops /= 2;
  if (!fits()) request.lyapunov = false;
  for (const std::size_t batches : {32, 16}) {
    if (fits()) return;
    request.most_epochs *= static_cast<double>(batches) / static_cast<double>(request.most_batches);
    request.most_batches = batches;
  }
  const auto leave_out = [&](bool trained_too, std::size_t down_to) {
    for (auto batch = request.batches.rbegin(); batch != request.batches.rend() && *batch > down_to && !fits(); ++batch)
      if ((trained_too || !holds(trained, *batch)) && !holds(request.unsampled, *batch))
        request.unsampled.push_back(*batch);
  };
  leave_out(false, 64);
  // The trained batch sizes matter most: they are sampled if they fit once the others are left out.
  const std::vector<std::size_t> before = request.unsampled;
  leave_out(false, 1);
  if (fits()) return;
  request.unsampled = before;
  leave_out(true, data.rows() / 16);
  if (!fits()) request.curvature = false;
  leave_out(true, 0);
}

namespace {

/// Seconds that a floor run may take.
double floor_seconds(const SweepState& state, const SeriesState& series) {
  const auto n = static_cast<double>(state.data.training.rows());
  double expected = 0, series_count = 0;  // seconds of all series, gd included; and number of series with floors
  for (const SeriesState& other : state.series) {
    if (other.plan.workload != series.plan.workload) continue;
    const double runs = static_cast<double>(other.plan.seeds.size()) * expected_steps(other.plan, n, other.plan.target);
    const double trials = other.plan.lr_rule == record::RateRule::tuned ? expected_search(other.plan, n).steps : 0;
    expected += (runs + trials) * step_seconds(state, other);
    series_count += takes_floor(other) ? 1 : 0;
  }
  const double even = expected / std::max(1.0, series_count), own = nominal_seconds(state, series);
  return kFloorsPart * std::max(kNoiseShare * (0.5 * even + 0.5 * own), kNoiseSeconds / std::max(1.0, series_count));
}

/// Steps to the target according to the search; if the user gave the rate, the mean steps of its runs.
std::optional<double> steps_of(const SeriesState& series) {
  if (series.plan.lr_rule == record::RateRule::tuned) return series.expected_steps;
  if (series.plan.lr_rule != record::RateRule::fixed || series.trajectories.empty()) return std::nullopt;
  double sum = 0;
  for (const auto& [seed, run] : series.trajectories) sum += static_cast<double>(run.steps);
  return sum > 0 ? std::optional(sum / static_cast<double>(series.trajectories.size())) : std::nullopt;
}

}  // namespace

std::optional<FloorPlan> plan_floor_of_target(const SweepState& state, const SeriesState& series, std::int64_t times,
                                              std::size_t looks) {
  const std::optional<double> steps = steps_of(series);
  if (!steps) return std::nullopt;
  const auto length = times * static_cast<std::int64_t>(std::ceil(*steps));
  FloorPlan plan;
  plan.looks = looks;
  plan.spacing = std::max<std::int64_t>(1, length / static_cast<std::int64_t>(looks));
  // Shuffled epochs are the quietest where they end: looks at their ends alone would take them for the floor.
  const std::int64_t epoch = static_cast<std::int64_t>(state.data.training.rows()) / series.plan.batch;
  if (series.plan.sampling == record::Sampling::reshuffle && epoch > 1 && plan.spacing % epoch == 0) ++plan.spacing;
  return plan;
}

std::optional<FloorPlan> plan_floor(const SweepState& state, const SeriesState& series) {
  const double most = floor_seconds(state, series);
  const auto n = static_cast<double>(state.data.training.rows());
  const double look = nominal::kPass + n * (nominal::kPassRow + nominal::kFlop * row_flops(state, series));
  const double step = step_seconds(state, series);
  FloorPlan plan;
  if (series.plan.sampling == record::Sampling::reshuffle) {
    const std::int64_t epoch = static_cast<std::int64_t>(state.data.training.rows()) / series.plan.batch;
    for (const std::int64_t wanted : {kLooksPerEpoch, kFewestLooksPerEpoch}) {
      plan.spacing = (epoch + wanted - 1) / wanted;
      const std::int64_t looks = epoch / plan.spacing;
      plan.epochs = static_cast<std::size_t>(
          std::min(static_cast<double>(kMostEpochs),
                   most / (static_cast<double>(epoch) * step + static_cast<double>(looks + 1) * look)));
      plan.looks = static_cast<std::size_t>(static_cast<std::int64_t>(plan.epochs) * epoch / plan.spacing);
      if (plan.epochs >= kFewestEpochs && plan.looks >= kFewestLooks) return plan;
    }
    return std::nullopt;
  }
  // Half of the time for steps, half for evaluations; if there are enough evaluations, more for the steps.
  plan.looks = static_cast<std::size_t>(std::min(static_cast<double>(kMostLooks), most / (2 * std::max(look, step))));
  if (plan.looks < kFewestLooks) return std::nullopt;
  const double between = (most / static_cast<double>(plan.looks) - look) / step;
  plan.spacing = std::clamp<std::int64_t>(static_cast<std::int64_t>(between), 1, kMostSpacing);
  return plan;
}

}  // namespace descent::sweep
