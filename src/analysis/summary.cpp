#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "analysis/passage.hpp"
#include "analysis/steps_error.hpp"
#include "analysis/tables.hpp"
#include "analysis/tied.hpp"
#include "analysis/trust.hpp"
#include "descent/core/text.hpp"

namespace descent::analysis {
namespace {

constexpr double kCheapEnough = 1.05;

/// Cells that reached the target, fastest first.
std::vector<Contender> cells_of(const record::Report& report, const record::Workload& workload, const Target& target) {
  std::vector<Contender> cells;
  for (const record::TimeToTarget& row : report.time_to_target) {
    if (row.target_kind != target.kind || row.target_value != target.value || !row.seconds) continue;
    const record::Series* const series = find_series(report, row.series);
    const record::Cell* const cell = find_cell(report, row.cell);
    if (series == nullptr || series->workload != workload.id || cell->engine != row.steps_from) continue;
    if (!counts(report, *cell, row.oversubscribed)) continue;
    cells.push_back(
        {&row, series, cell, runs_of(report, *series, workload, target), cell_times(report, *series, *cell, target)});
  }
  std::sort(cells.begin(), cells.end(),
            [](const Contender& a, const Contender& b) { return *a.row->seconds < *b.row->seconds; });
  return cells;
}

/// "51.7 µs", "3.25 ms", "12.5 s".
std::string seconds_text(double seconds) {
  if (seconds < 1e-3) return fmt::format("{:.3g} µs", 1e6 * seconds);
  return seconds < 0.1 ? fmt::format("{:.3g} ms", 1e3 * seconds) : fmt::format("{:.3g} s", seconds);
}

/// Removes the cells that do not compete, and names the best of each kind with its seconds, so that a reader sees what
/// an untuned rate would cost.
std::vector<std::string> set_apart(const record::Report& report, const Target& target, std::vector<Contender>& cells) {
  std::vector<std::string> named;
  std::map<std::string, std::string> best;
  std::vector<Contender> competing;
  for (Contender& cell : cells) {
    const record::Series& series = *cell.series;
    if (competes(report, series, target)) {
      competing.push_back(std::move(cell));
      continue;
    }
    std::string kind = record::to_text(series.lr_rule);
    if (series.tuned_for) kind += fmt::format(" for {}", core::shortest(*series.tuned_for));
    best.try_emplace(
        kind, fmt::format("{}: {}, {}", kind, record::cell_name(report, *cell.cell), seconds_text(*cell.row->seconds)));
  }
  cells = std::move(competing);
  for (const auto& [kind, text] : best) named.push_back(text);
  return named;
}

/// Adds the reference solver's time, unless another machine solved: its seconds would not be comparable with those of
/// the cells.
void add_baseline(const record::Report& report, const record::Workload& workload, const Target& target,
                  record::Summary& row) {
  if (!report.context.statistics_from.empty()) return;
  if (target.kind != record::TargetKind::suboptimality || !workload.optimum_value) return;
  const double level = *workload.optimum_value + target.value * (workload.f0 - *workload.optimum_value);
  for (const record::SolverPoint& point : workload.optimum_passage)
    if (point.value <= level) {
      row.baseline_seconds = point.seconds;
      row.baseline_passes = point.passes;
      return;
    }
}

/// Adds the returns of the best cell's optimizer; if it has none, as gradient descent, those of the first optimizer
/// that has.
void add_returns(const record::Report& report, const record::Workload& workload, const Target& target,
                 record::Summary& row) {
  const auto matches = [&](const auto& record) {
    return record.workload == workload.id && record.target_kind == target.kind && record.target_value == target.value;
  };
  const record::Series* const best = find_series(report, row.best_series);
  const bool has_returns =
      best != nullptr && std::any_of(report.returns.begin(), report.returns.end(), [&](const record::Returns& returns) {
        return matches(returns) && returns.optimizer == best->optimizer;
      });
  std::string optimizer = has_returns ? best->optimizer : "";
  for (const record::Returns& returns : report.returns)
    if (matches(returns) && (optimizer.empty() || returns.optimizer == optimizer)) {
      optimizer = returns.optimizer;
      row.half_efficiency_batch = returns.half_efficiency_batch;
      row.half_low = returns.half_low;
      row.half_high = returns.half_high;
      row.half_interval_status = returns.half_interval_status;
      break;  // the first rule is that of the headline
    }
  for (const record::Doubling& doubling : report.doublings) {
    if (!matches(doubling) || doubling.optimizer != optimizer) continue;
    if (doubling.batch == 32) row.gain_32_64 = doubling.step_gain;
    if (doubling.batch == 8192) row.gain_8192_16384 = doubling.step_gain;
  }
}

/// The time that the search for the rates of the competing series took.
record::Real tuning_seconds(const record::Report& report, const record::Workload& workload, const Target& target) {
  record::Real seconds;
  if (!report.context.statistics_from.empty()) return seconds;  // the rates were found on another machine
  for (const record::Series& series : report.series) {
    if (series.workload != workload.id || series.lr_rule != record::RateRule::tuned || outdone(report, series, target))
      continue;
    for (const record::Tuning& trial : report.tunings)
      if (trial.series == series.id) seconds = seconds.value_or(0) + trial.seconds;
  }
  return seconds;
}

/// Explains why a target has no best cell.
void explain_none(const record::Report& report, const record::Workload& workload, const Target& target,
                  record::Summary& row) {
  bool ran = false, reached = false, stopped = false, at_start = false;
  for (const record::Convergence& steps : report.convergence) {
    const record::Series* const series = find_series(report, steps.series);
    if (series == nullptr || series->workload != workload.id || steps.target_kind != target.kind ||
        steps.target_value != target.value)
      continue;
    at_start |= steps.status == record::PassageStatus::at_start;
    ran |= steps.runs > 0;
    reached |= steps.ert_steps.has_value();
    stopped |= steps.status == record::PassageStatus::stopped_before;
  }
  if (lacks_optimum(workload, target)) {
    row.status = record::SummaryStatus::no_optimum;
    row.note = "The loss has no minimum, so that there is no target.";
    return;
  }
  if (at_start) {
    row.status = record::SummaryStatus::at_start;
    row.note = "The target holds before the first step: there is nothing to compare.";
    return;
  }
  row.status = reached ? record::SummaryStatus::not_timed
               : ran   ? record::SummaryStatus::not_reached
                       : record::SummaryStatus::not_run;
  row.note = reached   ? "The target was reached, but no cell that reached it was timed."
             : stopped ? "Runs ended at their own target before all of them reached this one."
             : ran     ? "No cell reached this target."
                       : "No cell was run.";
}

record::Summary describe(const record::Report& report, const record::Workload& workload, const Target& target) {
  record::Summary row;
  row.workload = workload.id;
  row.target_kind = target.kind;
  row.target_value = target.value;
  add_baseline(report, workload, target, row);
  row.tuning_core_seconds = tuning_seconds(report, workload, target);
  std::vector<Contender> cells = cells_of(report, workload, target);
  row.others = set_apart(report, target, cells);
  if (cells.empty()) {
    add_returns(report, workload, target, row);
    explain_none(report, workload, target, row);
    return row;
  }
  const record::TimeToTarget& best = *cells[0].row;
  row.best_series = best.series;
  row.best_cell = best.cell;
  add_returns(report, workload, target, row);
  row.best_oversubscribed = best.oversubscribed;
  row.best_seconds = best.seconds;
  row.low = best.low, row.high = best.high;
  row.interval_status = best.interval_status;
  row.interval_kind = best.interval_kind;
  const Contender* cheapest = nullptr;
  for (const Contender& cell : cells)
    if (*cell.row->seconds <= kCheapEnough * *best.seconds &&
        (cheapest == nullptr || *cell.row->core_seconds < *cheapest->row->core_seconds))
      cheapest = &cell;
  row.cheapest_cell = cheapest->cell->id;
  row.cheapest_core_seconds = cheapest->row->core_seconds;
  row.untold = take_untold(cells);
  const TiedSet tied = tied_with_first(cells);
  if (tied.luck && row.high) row.high = std::max(*row.high, *row.best_seconds * std::exp(*tied.luck));
  std::vector<const Contender*> contenders = tied.cells;
  for (const Contender* cell : contenders) row.tied.push_back(cell->cell->id);
  contenders.insert(contenders.begin(), &cells[0]);
  judge_ranking(report, cells, contenders, row);
  return row;
}

}  // namespace

void derive_summary(record::Report& report) {
  report.summary.clear();
  for (const record::Workload& workload : report.workloads)
    for (const Target& target : report.targets) report.summary.push_back(describe(report, workload, target));
}

}  // namespace descent::analysis
