#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "descent/core/text.hpp"
#include "sweep/journal/piece.hpp"
#include "sweep/search/training.hpp"

// Runs at multiples of a searched rate, one seed a workload: a small one, and the first that diverges.

namespace descent::sweep {
namespace {

constexpr double kSmallFactor = 0.125;
constexpr double kShare = 0.05;          // of the rows that search and training of the workload read
constexpr std::int64_t kWildSteps = 64;  // a rate that is too large shows it soon
constexpr double kLargestFactor = 1 << 20;

/// Steps at which a demonstration is looked at: from 2 on half as many again, about.
std::int64_t look(std::size_t index) {
  return index < 2 ? static_cast<std::int64_t>(index) : std::llround(std::exp2(0.5 * static_cast<double>(index)));
}

/// The first series of a workload whose rate was searched for, which has the smallest batch size. Only the share of
/// the sweep that trains it shows it.
const SeriesState* shown_of(const SweepState& state, std::size_t workload) {
  for (const SeriesState& series : state.series) {
    if (series.plan.workload != workload || series.plan.lr_rule != record::RateRule::tuned || !series.plan.headline)
      continue;
    return series.plan.owned && !series.trajectories.empty() ? &series : nullptr;
  }
  return nullptr;
}

/// Rows that demonstrations of a workload may read: counted, not timed, so that the same ones are made everywhere.
double allowance(const SweepState& state, std::size_t workload) {
  double rows = 0;
  for (const SeriesState& series : state.series) {
    if (series.plan.workload != workload) continue;
    double steps = 0;
    for (const record::Tuning& trial : series.tunings) steps += static_cast<double>(trial.steps);
    for (const auto& [seed, run] : series.trajectories) steps += static_cast<double>(run.steps);
    rows += steps * std::max(1.0, series.record.rows_per_step);
  }
  return kShare * rows;
}

/// Rows that a run of so many steps reads; a look at the loss takes half of what a step on all rows takes.
double rows_of(const SweepState& state, const SeriesState& series, std::int64_t steps) {
  double looks = 1;
  while (look(static_cast<std::size_t>(looks)) < steps) ++looks;
  return static_cast<double>(steps) * std::max(1.0, series.record.rows_per_step) +
         (looks + 1) * 0.5 * static_cast<double>(state.data.training.rows());
}

DemonstrationPiece demonstrate(SweepState& state, const SeriesState& series, double factor, std::int64_t steps,
                               machine::Team& team) {
  const Stopwatch watch;
  const WorkloadState& workload = state.workloads[series.plan.workload];
  const record::Trajectory& first = series.trajectories.begin()->second;
  DemonstrationPiece piece;
  record::Demonstration& record = piece.record;
  record.workload = workload.record.id, record.series = series.record.id;
  record.rate_factor = factor, record.lr = factor * series.record.chosen_lr;
  record.seed = first.seed;
  train::TrainOptions options = plain_options(state, series.plan, record.lr, record.seed);
  options.max_steps = steps;
  options.grid = look;
  options.metrics = train::Metrics::value;
  options.hash_weights = options.keep_batch_losses = false;
  options.cancel = &state.cancel;
  const train::Trace trace = train::train(*state.objective_of(workload, team), *series.plan.method, options);
  if (trace.stop == train::Ending::cancelled) throw Stopped{};
  record.status = run_status(trace);
  record.step = trace.curve.step, record.loss = trace.curve.loss;
  piece.seconds = watch.seconds();
  return piece;
}

/// The factor to look for divergence from: the least that a trial diverged at, else the first power of two beyond all
/// that did not.
double first_wild_factor(const SeriesState& series) {
  double tame = series.record.chosen_lr;
  std::optional<double> wild;
  for (const record::Tuning& trial : series.tunings)
    if (trial.status != record::TrialStatus::diverged)
      tame = std::max(tame, trial.lr);
    else if (!wild || trial.lr < *wild)
      wild = trial.lr;
  if (wild) return *wild / series.record.chosen_lr;
  return std::exp2(std::floor(std::log2(tame / series.record.chosen_lr)) + 1);
}

/// Makes those of one series, within its allowance of rows.
void show(SweepState& state, const SeriesState& series, machine::Team& team) {
  double left = allowance(state, series.plan.workload);
  const auto afford = [&](std::int64_t steps) {
    const double rows = rows_of(state, series, steps);
    if (rows > left) return false;
    left -= rows;
    return true;
  };
  const auto run = [&](double factor, std::int64_t steps) {
    const std::string key =
        fmt::format("{} lr {} steps {}", series.record.id, core::shortest(factor * series.record.chosen_lr), steps);
    return piece<DemonstrationPiece>(state, "demonstrate", "demonstration", key, 1,
                                     [&] { return demonstrate(state, series, factor, steps, team); })
        .record;
  };
  std::vector<record::Demonstration>& found = state.report.demonstrations;
  const std::int64_t steps = series.trajectories.begin()->second.steps;
  if (steps > 0 && afford(steps)) found.push_back(run(kSmallFactor, steps));
  std::optional<record::Demonstration> last;
  for (double factor = first_wild_factor(series); factor <= kLargestFactor; factor *= 2) {
    if (state.stopping() || !afford(kWildSteps)) break;
    last = run(factor, kWildSteps);
    if (last->status == record::RunStatus::diverged) break;
  }
  if (last) found.push_back(*std::move(last));
}

}  // namespace

void run_demonstrations(SweepState& state) {
  if (state.cancel) return;
  std::vector<const SeriesState*> shown;
  for (std::size_t workload = 0; workload < state.workloads.size(); ++workload)
    if (const SeriesState* const series = shown_of(state, workload)) shown.push_back(series);
  if (shown.empty()) return;
  state.enter("demonstrate", 2 * shown.size(), 2 * static_cast<double>(shown.size()), 0.79);
  const int most = *std::max_element(state.options.threads.begin(), state.options.threads.end());
  machine::Team team({std::min(machine::available_cpus(), most), state.options.pin, state.options.placement});
  for (const SeriesState* const series : shown) {
    if (state.stopping()) return;
    try {
      show(state, *series, team);
    } catch (const Stopped&) {
      return;
    }
  }
}

}  // namespace descent::sweep
