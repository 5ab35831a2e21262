#include "sweep/search/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/core/hash.hpp"
#include "descent/core/text.hpp"
#include "sweep/journal/piece.hpp"
#include "sweep/plan/estimate.hpp"

namespace descent::sweep {
namespace {

/// Up to this many rows a trial is evaluated from its first step: small data are noisier, and evaluation costs little.
constexpr std::size_t kFewRows = 2000;

/// Smaller batches first; for one batch, the search before the trajectories.
double priority(const SeriesState& series, bool training) {
  return static_cast<double>(series.plan.batch) + (series.plan.full_batch ? 0.5 : 0) + (training ? 0.25 : 0);
}

/// Where a run's weights are kept: at every target, and at the middle, from which steps are timed.
std::vector<std::pair<std::string, double>> marks_of(const SweepOptions& options, const WorkloadState& workload) {
  std::vector<record::Target> targets = targets_of(options);
  const record::Target middle{record::TargetKind::suboptimality, record::kMiddleDelta};
  const auto is_middle = [&](const record::Target& other) {
    return other.kind == middle.kind && other.value == middle.value;
  };
  if (std::none_of(targets.begin(), targets.end(), is_middle)) targets.push_back(middle);
  std::vector<std::pair<std::string, double>> marks;
  for (const record::Target& target : targets)
    if (const std::optional<double> value = workload.value_at(target)) marks.emplace_back(target_label(target), *value);
  std::stable_sort(marks.begin(), marks.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return marks;
}

record::Trajectory describe(const WorkloadState& workload, const SeriesState& series, const RunRequest& run,
                            const RunOutcome& outcome) {
  const train::Trace& trace = outcome.trace;
  record::Trajectory record;
  record.id = fmt::format("{}/{}", series.record.id, run.seed);
  record.series = series.record.id;
  record.workload = series.record.workload;
  record.optimizer = series.plan.optimizer;
  record.batch = series.plan.batch;
  record.seed = run.seed;
  record.lr = run.lr;
  if (const int threads = series.plan.method->own_threads(); threads > 0) record.threads = threads;
  record.f0 = workload.record.f0;
  if (!workload.one_start && !trace.curve.loss.empty()) record.f0 = trace.curve.loss.front();
  record.status = run_status(trace);
  record.stop = stop_reason(trace.stop);
  record.steps = trace.steps;
  record.done_step = outcome.done_step;
  record.weights_hash = trace.weights_hash;
  record.curve = trace.curve;
  record.batch_uphill_fraction = trace.batch_uphill_fraction;
  record.batch_losses = trace.first_batch_losses;
  record.train_seconds = trace.train_seconds;
  record.evaluate_seconds = trace.evaluate_seconds;
  return record;
}

}  // namespace

Trainer::Trainer(SweepState& state)
    : state_(state),
      team_({std::min(machine::available_cpus(),
                      *std::max_element(state.options.threads.begin(), state.options.threads.end())),
             state.options.pin, state.options.placement}),
      pool_(team_) {}

void Trainer::submit_search(const SeriesState& series, std::function<void()> work) {
  pool_.submit(priority(series, false), std::move(work));
}

TrialPiece Trainer::run_trial(SeriesState& series, TrialRequest request, Instalments& units, bool& any_fresh) {
  if (state_.data.training.rows() <= kFewRows) request.look_from = 0;
  const std::string key =
      request.floor
          ? fmt::format("{} lr {} seed {} floor", series.record.id, core::shortest(request.lr), request.seed)
          : fmt::format("{} lr {} seed {} within {}", series.record.id, core::shortest(request.lr), request.seed,
                        request.abandon_after ? core::shortest(*request.abandon_after) : "budget");
  double counts = 0;
  {
    const std::lock_guard lock(state_.mutex);
    any_fresh = any_fresh || state_.journal.find("trial", key) == nullptr;
    counts = units.next();
  }
  const TrialPiece result = piece<TrialPiece>(state_, "", "trial", key, counts, [&] {
    TeamStock::Loan loan(stock_);
    return sweep::run_trial(state_, series, request, loan.team());
  });
  book(series, "search", result.train_seconds, result.evaluate_seconds);
  return result;
}

void Trainer::settle(SeriesState& series, double rate) {
  series.record.chosen_lr = rate;
  if (!series.plan.owned) return;
  for (const std::uint64_t seed : series.plan.seeds)
    pool_.submit(priority(series, true), [this, &series, seed] { trajectory(series, seed); });
}

/// Trains a run. If it is the series' first, its weights at the marks are kept.
TrainedPiece Trainer::train(SeriesState& series, const RunRequest& run, bool first_seed) {
  TeamStock::Loan loan(stock_);
  RunOutcome outcome = run_training(state_, series, run, loan.team());
  if (first_seed) outcome.snapshots.push_back({"end", outcome.done_step, outcome.weights});
  record::Trajectory record = describe(state_.workloads[series.plan.workload], series, run, outcome);
  for (const Snapshot& kept : outcome.snapshots)
    record.kept.push_back({kept.label, kept.step, core::hash_weights(kept.weights)});
  return {std::move(record), std::move(outcome.snapshots)};
}

void Trainer::trajectory(SeriesState& series, std::uint64_t seed) {
  const bool first_seed = seed == series.plan.seeds.front();
  RunRequest run = reported_run(state_, series, seed);
  if (first_seed) run.marks = marks_of(state_.options, state_.workloads[series.plan.workload]);
  const std::string key = fmt::format("{}/{} lr {}", series.record.id, seed, core::shortest(run.lr));
  TrainedPiece trained;
  try {
    trained = piece<TrainedPiece>(state_, "", "trajectory", key, expected_run_units(state_, series.plan),
                                  [&] { return train(series, run, first_seed); });
  } catch (const Stopped&) {
    return;
  }
  book(series, "train", trained.record.train_seconds, trained.record.evaluate_seconds);
  const std::lock_guard lock(state_.mutex);
  if (!trained.snapshots.empty()) series.snapshots = std::move(trained.snapshots);
  if (trained.record.stop == record::StopReason::target && (!fastest_ || trained.record.train_seconds < *fastest_)) {
    fastest_ = trained.record.train_seconds;
    state_.best = fmt::format("batch {}: {:.2g} s of steps", series.plan.batch, *fastest_);
  }
  series.trajectories.emplace(seed, std::move(trained.record));
}

/// Pieces run side by side, so each piece's seconds are divided by the number of workers.
void Trainer::book(SeriesState& series, const char* account, double train_seconds, double evaluate_seconds) {
  const std::lock_guard lock(state_.mutex);
  series.step_seconds += train_seconds;
  state_.spend(account, train_seconds / team_.threads());
  state_.spend("evaluate", evaluate_seconds / team_.threads());
}

}  // namespace descent::sweep
