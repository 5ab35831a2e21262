#include "analysis/passage.hpp"
#include "analysis/steps_error.hpp"
#include "analysis/tables.hpp"
#include "analysis/times.hpp"
#include "analysis/trust.hpp"
#include "descent/stats/interval.hpp"
#include "descent/stats/summary.hpp"

namespace descent::analysis {
namespace {

constexpr int kReplicates = 2000;

/// Interval of steps × seconds per step. The squared errors of both logarithms add; if both follow Student's t, the sum
/// has Welch's degrees of freedom; else both are drawn in each replicate.
stats::OpenInterval interval_of(const record::TimeToTarget& row, const SeriesRuns& runs, const CellTimes& times,
                                std::uint64_t seed) {
  const bool exact_steps = runs.runs.size() == 1;
  const auto seconds = times.log_error();
  if (seconds && (exact_steps || runs.error)) {
    const auto interval = interval_of(*row.seconds, runs.error ? sum_of(*seconds, *runs.error) : *seconds);
    return {interval.low, interval.high};
  }
  if (const auto interval = exact_steps ? times.interval(seed) : std::nullopt)
    return {*row.steps * interval->low, *row.steps * interval->high};
  return stats::open_bootstrap(seed, kReplicates, [&](core::CounterRandom& random) {
    const double drawn_steps = draw_steps(random, runs, *row.steps);
    return drawn_steps * times.drawn(random).value_or(*row.seconds_per_step);
  });
}

record::TimeToTarget describe(const record::Report& report, const record::Series& series,
                              const record::Workload& workload, const record::Convergence& steps,
                              const record::Cell& cell) {
  record::TimeToTarget row;
  row.series = series.id;
  row.cell = cell.id;
  row.target_kind = steps.target_kind;
  row.target_value = steps.target_value;
  row.steps_from = trajectory_engine(report);
  if (row.steps_from.empty()) row.steps_from = cell.engine;
  const CellTimes times = cell_times(report, series, cell, Target{steps.target_kind, steps.target_value});
  row.seconds_per_step = times.centre();
  row.oversubscribed = times.oversubscribed;
  row.steps = steps.ert_steps;
  row.status = steps.status == record::PassageStatus::ok && steps.uncertified ? record::PassageStatus::uncertified
                                                                              : steps.status;
  if (!row.steps || !row.seconds_per_step || row.status == record::PassageStatus::at_start) return row;
  row.seconds = *row.steps * *row.seconds_per_step;
  row.core_seconds = *row.seconds * cell.threads * cell.ranks;
  row.interval_kind = times.kind();
  const SeriesRuns runs = runs_of(report, series, workload, {steps.target_kind, steps.target_value});
  if (one_seed(series, runs)) {
    row.interval_status = record::IntervalStatus::one_seed;
  } else {
    const auto interval = interval_of(
        row, runs, times, seed_of(series.id + cell.engine + std::to_string(cell.threads) + to_text(steps.target_kind)));
    row.low = interval.low, row.high = interval.high;
    row.interval_status = interval.high ? record::IntervalStatus::ok : record::IntervalStatus::open;
  }
  // Only the engine that gave the steps was trained from end to end.
  const record::Check* const whole = cell.engine == row.steps_from ? end_to_end_of(report, series, cell) : nullptr;
  if (whole != nullptr) {
    row.end_to_end_over_composed = whole->value;
    row.end_to_end_seconds = whole->seconds;
  }
  return row;
}

bool is_candidate(const record::Report& report, const record::TimeToTarget& row) {
  return row.seconds && counts(report, *find_cell(report, row.cell), row.oversubscribed);
}

/// Is there no other cell, for the same workload and target, that needs both fewer seconds and fewer examples?
bool is_pareto(const record::Report& report, const std::vector<double>& examples, std::size_t i) {
  const record::TimeToTarget& row = report.time_to_target[i];
  if (!is_candidate(report, row)) return false;
  for (std::size_t j = 0; j < report.time_to_target.size(); ++j) {
    const record::TimeToTarget& other = report.time_to_target[j];
    if (!is_candidate(report, other) || other.target_kind != row.target_kind ||
        other.target_value != row.target_value ||
        find_series(report, other.series)->workload != find_series(report, row.series)->workload)
      continue;
    const bool no_worse = *other.seconds <= *row.seconds && examples[j] <= examples[i];
    if (no_worse && (*other.seconds < *row.seconds || examples[j] < examples[i])) return false;
  }
  return true;
}

}  // namespace

void derive_time_to_target(record::Report& report) {
  report.time_to_target.clear();
  std::vector<double> examples;
  for (const record::Convergence& steps : report.convergence) {
    const record::Series* const series = find_series(report, steps.series);
    const record::Workload* const workload = series != nullptr ? find_workload(report, series->workload) : nullptr;
    if (workload == nullptr) continue;
    for (const record::Cell* const cell : timed_cells(report, *series)) {
      report.time_to_target.push_back(describe(report, *series, *workload, steps, *cell));
      examples.push_back(steps.examples.value_or(0));
    }
  }
  for (std::size_t i = 0; i < report.time_to_target.size(); ++i)
    report.time_to_target[i].pareto = is_pareto(report, examples, i);
}

}  // namespace descent::analysis
