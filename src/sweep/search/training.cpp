#include "sweep/search/training.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "descent/stats/passage.hpp"
#include "descent/stats/steady_state.hpp"
#include "descent/train/floor_run.hpp"

namespace descent::sweep {

TeamStock::Loan::Loan(TeamStock& stock) : stock_(stock) {
  {
    const std::lock_guard lock(stock.mutex_);
    if (!stock.idle_.empty()) {
      team_ = std::move(stock.idle_.back());
      stock.idle_.pop_back();
      return;
    }
  }
  machine::TeamOptions options;
  options.pin = false;
  team_ = std::make_unique<machine::Team>(options);
}

TeamStock::Loan::~Loan() {
  const std::lock_guard lock(stock_.mutex_);
  stock_.idle_.push_back(std::move(team_));
}

namespace {

/// A trial evaluates f only from step look_from on, so a crossing found at its first evaluation may really be earlier.
/// Returns the step just beyond that evaluation; 0 if f was evaluated from the start.
double first_sure_step(const record::Curve& curve, std::int64_t look_from) {
  if (look_from <= 1) return 0;
  const auto first = std::lower_bound(curve.step.begin(), curve.step.end(), look_from);
  return first == curve.step.end() ? 0 : static_cast<double>(*first) * (1 + 1e-12);
}

constexpr double kCheapWork = 1e10;  // rows × parameters × steps: half a second on one core

/// Observes a run: keeps weights at the marks, and ends the run when the sweep stops or when there is nothing left to
/// reach.
struct Watch {
  SweepState& state;
  const RunRequest& request;
  RunOutcome& outcome;
  std::atomic<bool> halt{false};
  bool over = false;
  std::int64_t most_steps = std::numeric_limits<std::int64_t>::max();  // the budget
  std::int64_t reached_step = 0;
  bool reached = false, done = false, away = false;
  std::optional<stats::PassageWatch> target, accurate;
  std::vector<stats::PassageWatch> easier;

  Watch(SweepState& of, const RunRequest& what, RunOutcome& found) : state(of), request(what), outcome(found) {
    if (request.stop_value) target.emplace(*request.stop_value, request.least_value);
    if (request.accuracy) accurate.emplace(1 - *request.accuracy);
    for (const double value : request.easier) easier.emplace_back(value, request.least_value);
  }

  bool decides() const { return request.stop_value && (request.accuracy || request.go_on > 1 || request.at_least > 0); }
  /// Would more steps settle something?
  bool unsettled() const {
    return (target && target->open()) || (accurate && accurate->open()) ||
           std::any_of(easier.begin(), easier.end(), [](const stats::PassageWatch& watch) { return watch.open(); });
  }

  /// If the run only has to leave a saddle: ends it at the second evaluation at that distance.
  void leave(std::int64_t step, std::span<const float> weights, const engine::Evaluation& evaluation) {
    if (!request.stop_distance || done || evaluation.escape_distance.value_or(0) < *request.stop_distance) return;
    if (!std::exchange(away, true)) return;
    done = over = halt = true;
    outcome.done_step = step;
    outcome.weights.assign(weights.begin(), weights.end());
  }

  void operator()(std::int64_t step, std::span<const float> weights, const engine::Evaluation& evaluation) {
    std::vector<Snapshot>& snapshots = outcome.snapshots;
    for (std::size_t m = snapshots.size(); m < request.marks.size(); ++m) {
      if (!(evaluation.value <= request.marks[m].second)) break;
      snapshots.push_back({request.marks[m].first, step, {weights.begin(), weights.end()}});
    }
    if (state.stopping()) halt = true;
    leave(step, weights, evaluation);
    if (!decides()) return;
    const bool counts = step <= most_steps;
    target->add(step, evaluation.value, counts);
    for (stats::PassageWatch& watch : easier) watch.add(step, evaluation.value, counts);
    if (!reached && target->found()) reached = true, reached_step = step;
    const double patience = std::max(request.accuracy_patience * static_cast<double>(reached_step),
                                     static_cast<double>(request.accuracy_steps));
    const bool gives_up = reached && request.accuracy_patience > 0 && static_cast<double>(step) >= patience;
    if (accurate) accurate->add(step, 1 - evaluation.validation_accuracy.value_or(1), counts && !gives_up);
    if (!done && reached && (!accurate || accurate->found() || (gives_up && !accurate->open()))) {
      done = true;
      outcome.done_step = step;
      outcome.weights.assign(weights.begin(), weights.end());
    }
    const double enough =
        std::max(request.go_on * static_cast<double>(outcome.done_step), static_cast<double>(request.at_least));
    if (done && static_cast<double>(step) >= enough) over = halt = true;
  }
};

}  // namespace

RunRequest reported_run(const SweepState& state, const SeriesState& series, std::uint64_t seed) {
  const WorkloadState& workload = state.workloads[series.plan.workload];
  RunRequest run;
  run.lr = series.record.chosen_lr;
  run.seed = seed;
  run.reported = true;
  run.stop_value = workload.value_at(series.plan.aim());  // the hardest target of the series
  if (series.plan.target_kind == record::TargetKind::escape) run.stop_distance = series.plan.target;
  run.least_value = workload.least_value();
  for (const record::Target& target : targets_of(state.options))
    if (const std::optional<double> value = workload.value_at(target); value && value > run.stop_value)
      run.easier.push_back(*value);
  if (state.options.accuracy_target && workload.record.optimum_validation_accuracy) {
    run.accuracy = *workload.record.optimum_validation_accuracy - kAccuracyTolerance;
    run.accuracy_patience = state.options.accuracy_patience;
    run.accuracy_steps = static_cast<std::int64_t>(
        kCheapWork / (static_cast<double>(workload.record.parameters) * static_cast<double>(series.plan.batch)));
  }
  const bool has_rate = workload.record.smooth && workload.record.convex &&
                        workload.record.optimum_kind == record::OptimumKind::certified;
  if (series.plan.full_batch && has_rate) run.go_on = kRateSteps;
  if (!series.plan.full_batch && series.expected_steps)
    run.at_least = static_cast<std::int64_t>(std::ceil(kMeanSteps * *series.expected_steps));
  else if (!series.plan.full_batch)
    run.go_on = kMeanSteps;
  return run;
}

train::TrainOptions plain_options(const SweepState& state, const SeriesPlan& plan, double lr, std::uint64_t seed) {
  train::TrainOptions options;
  options.sampling = plan.full_batch ? train::Sampling::none : plan.sampling;
  options.batch = static_cast<std::size_t>(plan.batch);
  options.schedule.kind = plan.schedule;
  options.schedule.base = lr;
  options.schedule.tau = std::max(1.0, static_cast<double>(state.data.training.rows()) /
                                           static_cast<double>(std::max<std::int64_t>(1, plan.batch)));
  options.seed = seed;
  options.max_steps = plan.max_steps;
  return options;
}

train::TrainOptions bare_options(const SweepState& state, const SeriesState& series, const record::Trajectory& run,
                                 const std::vector<std::int64_t>& steps) {
  train::TrainOptions options = plain_options(state, series.plan, run.lr, run.seed);
  options.max_steps = steps.back();
  options.grid = [steps](std::size_t point) {
    return point == 0 ? std::int64_t{0} : steps[std::min(point, steps.size()) - 1];
  };
  options.metrics = train::Metrics::value;
  options.f0 = run.f0, options.look_from = steps.back() + 1;
  options.hash_weights = options.keep_batch_losses = false;
  options.cancel = &state.cancel;
  return options;
}

RetracedPiece train_up_to(SweepState& state, const SeriesState& series, const record::Trajectory& run,
                          std::vector<Snapshot> wanted, machine::Team& team) {
  const WorkloadState& workload = state.workloads[series.plan.workload];
  std::vector<std::int64_t> steps;
  for (const Snapshot& snapshot : wanted)
    if (snapshot.step > (steps.empty() ? 0 : steps.back())) steps.push_back(snapshot.step);
  RetracedPiece piece{std::move(wanted), 0};
  const auto keep = [&](std::int64_t step, std::span<const float> weights, const engine::Evaluation&) {
    for (Snapshot& snapshot : piece.snapshots)
      if (snapshot.step == step) snapshot.weights.assign(weights.begin(), weights.end());
  };
  if (steps.empty()) {  // only its starting weights are needed
    keep(0, workload.start, {});
    return piece;
  }
  train::TrainOptions options = bare_options(state, series, run, steps);
  options.observe = keep;
  const train::Trace trace = train::train(*state.objective_of(workload, team), *series.plan.method, options);
  if (trace.stop == train::Ending::cancelled) throw Stopped{};
  piece.train_seconds = trace.train_seconds;
  return piece;
}

record::RunStatus run_status(const train::Trace& trace) {
  return trace.stop == train::Ending::diverged ? record::RunStatus::diverged : record::RunStatus::completed;
}

record::StopReason stop_reason(train::Ending ending) {
  switch (ending) {
    case train::Ending::target:
      return record::StopReason::target;
    case train::Ending::budget:
      return record::StopReason::budget;
    case train::Ending::diverged:
      return record::StopReason::diverged;
    case train::Ending::none:
    case train::Ending::abandoned:
    case train::Ending::cancelled:
      break;
  }
  return record::StopReason::none;
}

RunOutcome run_training(SweepState& state, const SeriesState& series, const RunRequest& request, machine::Team& team) {
  if (state.stopping()) throw Stopped{};
  const SeriesPlan& plan = series.plan;
  const WorkloadState& workload = state.workloads[plan.workload];
  const std::unique_ptr<engine::Objective> objective = state.objective_of(workload, team);
  RunOutcome outcome;
  Watch watch(state, request, outcome);
  watch.most_steps = plan.max_steps;
  train::TrainOptions options = plain_options(state, plan, request.lr, request.seed);
  options.least_value = request.least_value;
  if (watch.decides())
    options.unsettled = [&] { return watch.unsettled(); };
  else
    options.stop_value = request.stop_value;
  options.abandon_after = request.abandon_after;
  options.every_step = state.options.passage == "exact";
  if (request.reported) {
    std::vector<double>& values = plan.full_batch ? options.exact_at : options.close_to;
    for (const record::Target& target : targets_of(state.options))
      if (const std::optional<double> value = workload.value_at(target)) values.push_back(*value);
  }
  options.hash_weights = request.reported;
  options.keep_batch_losses = request.reported;
  if (request.reported && !plan.full_batch && !plan.seeds.empty() && request.seed == plan.seeds.front())
    options.first_batch_losses = record::kMostBatchLosses;
  options.cancel = &watch.halt;
  options.observe = std::ref(watch);
  if (!request.reported) {
    // All metrics would cost more than the steps: some 80 passes for a run that takes six at batch 32.
    options.metrics = train::Metrics::value;
    if (workload.one_start) options.f0 = workload.record.f0;
    options.look_from = request.look_from;
  }
  outcome.trace = train::train(*objective, *plan.method, options);
  if (outcome.trace.stop == train::Ending::cancelled && !watch.over) throw Stopped{};
  if (watch.done && outcome.trace.stop != train::Ending::diverged) outcome.trace.stop = train::Ending::target;
  if (!watch.done) {
    outcome.done_step = outcome.trace.steps;
    outcome.weights = outcome.trace.weights;
  }
  return outcome;
}

std::optional<double> crossing(const record::Curve& curve, double value, double optimum, double most) {
  std::vector<double> gap;
  for (std::size_t i = 0; i < curve.loss.size() && curve.loss[i]; ++i) gap.push_back(*curve.loss[i] - optimum);
  const std::optional<stats::Passage> passage = stats::passage(curve.step, gap, value - optimum, most);
  return passage ? std::optional(passage->step) : std::nullopt;
}

std::int64_t abandon_step(double steps, bool every_step) {
  if (every_step) return static_cast<std::int64_t>(std::ceil(steps)) - 1;
  std::size_t index = 0;
  while (static_cast<double>(train::grid_step(index)) < steps) ++index;
  return train::grid_step(index) - 1;
}

namespace {

/// An upper bound of a rate's floor, relative to the target. The run continues from `start`, its weights after `steps`
/// steps, and is evaluated at even intervals. Four times as many steps decide for most rates; if the floor is close to
/// the target, a longer run is made. Empty if it diverged.
std::optional<double> floor_bound(SweepState& state, const SeriesState& series, const TrialRequest& request,
                                  std::int64_t steps, std::span<const float> start, machine::Team& team) {
  constexpr double kClear = 0.6;  // relative to the target
  const WorkloadState& workload = state.workloads[series.plan.workload];
  const double optimum = workload.least_value();
  const double target = *workload.value_at(series.plan.aim()) - optimum;
  const std::unique_ptr<engine::Objective> objective = state.objective_of(workload, team);
  train::FloorRequest floor;
  floor.sampling = series.plan.sampling;
  floor.batch = static_cast<std::size_t>(series.plan.batch);
  floor.rate = request.lr, floor.seed = request.seed, floor.start = start;
  floor.cancel = &state.cancel;
  const std::int64_t epoch = series.plan.sampling == record::Sampling::reshuffle
                                 ? static_cast<std::int64_t>(state.data.training.rows()) / series.plan.batch
                                 : std::int64_t{0};
  std::optional<double> bound;
  for (const auto& [times, looks] : {std::pair(kFloorTimes, kFloorLooks), {kLongFloorTimes, kLongFloorLooks}}) {
    floor.looks = looks;
    floor.spacing = std::max<std::int64_t>(1, times * steps / static_cast<std::int64_t>(looks));
    // With shuffled epochs the noise is smallest at the end of each epoch: evaluations only there would give too low a
    // floor.
    if (epoch > 1 && floor.spacing % epoch == 0) ++floor.spacing;
    const std::optional<record::FloorRun> run = train::run_floor(*objective, *series.plan.method, floor);
    if (!run) throw Stopped{};
    if (run->status != record::FloorStatus::ok) return HUGE_VAL;
    std::vector<double> gap;
    for (const record::Real& loss : run->loss) gap.push_back((loss.value_or(HUGE_VAL) - optimum) / target);
    bound = stats::steady_mean_bound(gap);
    if (*bound <= kClear) break;
  }
  return bound;
}

}  // namespace

TrialPiece run_trial(SweepState& state, const SeriesState& series, const TrialRequest& request, machine::Team& team) {
  RunRequest run;
  run.lr = request.lr;
  run.seed = request.seed;
  run.stop_value = state.workloads[series.plan.workload].value_at(series.plan.aim());
  run.least_value = state.workloads[series.plan.workload].least_value();
  if (request.abandon_after) run.abandon_after = abandon_step(*request.abandon_after, state.options.passage == "exact");
  run.look_from = request.look_from;
  TrialPiece piece;
  for (;; run.look_from = 0) {
    const train::Trace trace = run_training(state, series, run, team).trace;
    piece.train_seconds += trace.train_seconds;
    piece.evaluate_seconds += trace.evaluate_seconds;
    TrialResult& found = piece.result;
    found = {record::TrialStatus::budget, trace.steps, std::nullopt, 0};
    if (!trace.curve.loss.empty()) found.final_loss = trace.curve.loss.back().value_or(0);
    if (trace.stop == train::Ending::diverged) {
      found.status = record::TrialStatus::diverged;
      return piece;
    }
    found.steps_to_target =
        crossing(trace.curve, *run.stop_value, run.least_value, static_cast<double>(series.plan.max_steps));
    // A crossing at the first evaluation may really be earlier: repeat the trial and evaluate from the start.
    if (found.steps_to_target && *found.steps_to_target < first_sure_step(trace.curve, run.look_from)) continue;
    if (found.steps_to_target)
      found.status = record::TrialStatus::reached;
    else if (trace.stop == train::Ending::abandoned)
      found.status = record::TrialStatus::stopped;
    if (request.floor) {
      const Stopwatch watch;
      found.floor_high = floor_bound(state, series, request, trace.steps, trace.weights, team);
      piece.evaluate_seconds += watch.seconds();
    }
    return piece;
  }
}

}  // namespace descent::sweep
