#include "report/rows.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace descent::report {
namespace {

template <class T>
bool at_target(const T& record, const Target& target) {
  return record.target_kind == target.kind && record.target_value == target.value;
}

/// Of its batch and workload, as its batches are drawn (one of a shuffled epoch, by itself, is one of distinct rows):
/// at the checkpoint nearest to the target in ln δ; for an accuracy, nearest to the end.
const record::Noise* noise_of(const record::Report& report, const record::Series& series, const Target& target) {
  const record::Sampling sampling =
      series.sampling == record::Sampling::reshuffle ? record::Sampling::iid_distinct : series.sampling;
  const double wanted = target.kind == record::TargetKind::suboptimality && target.value > 0 ? target.value : 1e-300;
  const record::Noise* found = nullptr;
  const auto away = [&](const record::Noise& noise) { return std::abs(std::log(*noise.delta / wanted)); };
  for (const record::Noise& noise : report.noise)
    if (noise.workload == series.workload && noise.batch == series.batch && noise.sampling == sampling && noise.delta &&
        *noise.delta > 0 && (found == nullptr || away(noise) < away(*found)))
      found = &noise;
  return found;
}

void add_engine(const record::Report& report, const Row& base, const std::string& engine, const Target& target,
                std::vector<Row>& rows) {
  Row row = base;
  row.engine = engine;
  for (const record::Throughput& steps : report.throughput) {
    const record::Cell* const cell = find_cell(report, steps.cell);
    if (steps.series != row.series->id || cell == nullptr || cell->engine != engine) continue;
    row.cells.push_back({cell, &steps, nullptr});
    for (const record::TimeToTarget& time : report.time_to_target)
      if (time.series == steps.series && time.cell == steps.cell && at_target(time, target))
        row.cells.back().time = &time;
  }
  std::sort(row.cells.begin(), row.cells.end(),
            [](const TimedCell& a, const TimedCell& b) { return *a.cell < *b.cell; });
  for (const TimedCell& timed : row.cells) {
    const record::TimeToTarget *const time = timed.time, *const best = row.best.time;
    if (time != nullptr && time->seconds &&
        (best == nullptr ||
         std::pair(time->oversubscribed, *time->seconds) < std::pair(best->oversubscribed, *best->seconds)))
      row.best = timed;
  }
  const bool all_oversubscribed = std::all_of(row.cells.begin(), row.cells.end(),
                                              [](const TimedCell& timed) { return timed.steps->oversubscribed; });
  for (const TimedCell& timed : row.cells) {
    const record::Real seconds = timed.seconds_per_step();
    if (seconds && (all_oversubscribed || !timed.steps->oversubscribed) &&
        (!row.best_seconds_per_step || *seconds < *row.best_seconds_per_step))
      row.best_seconds_per_step = seconds;
  }
  rows.push_back(std::move(row));
}

}  // namespace

std::vector<Target> targets_of(const record::Report& report, const std::string& workload) {
  std::vector<Target> targets;
  for (const Target& target : report.targets)
    if (std::any_of(report.convergence.begin(), report.convergence.end(), [&](const record::Convergence& row) {
          const record::Series* const series = find_series(report, row.series);
          return at_target(row, target) && series != nullptr && series->workload == workload;
        }))
      targets.push_back(target);
  std::sort(targets.begin(), targets.end(),
            [](const Target& a, const Target& b) { return a.kind != b.kind ? a.kind > b.kind : a.value > b.value; });
  return targets;
}

Target headline_of(const std::vector<Target>& targets) {
  for (const Target& target : targets)
    if (target.headline) return target;
  return targets.empty() ? Target{} : targets.back();
}

bool is_tuned_elsewhere(const record::Series& series, const Target& target) {
  return series.tuned_for && (target.kind != series.target_kind || *series.tuned_for != target.value);
}

const record::Summary* summary_of(const record::Report& report, const std::string& workload, const Target& target) {
  for (const record::Summary& summary : report.summary)
    if (summary.workload == workload && at_target(summary, target)) return &summary;
  return nullptr;
}

std::vector<std::string> may_be_fastest(const record::Summary& summary, const std::vector<Row>& rows) {
  std::vector<std::string> cells{summary.best_cell};
  cells.insert(cells.end(), summary.tied.begin(), summary.tied.end());
  const double most = summary.best_seconds.value_or(0) * (1 + summary.disturbance.value_or(0));
  for (const Row& row : rows)
    for (const TimedCell& timed : row.cells)
      if (timed.time != nullptr && timed.time->seconds && *timed.time->seconds <= most &&
          std::find(cells.begin(), cells.end(), timed.cell->id) == cells.end())
        cells.push_back(timed.cell->id);
  return cells;
}

std::vector<const record::Returns*> headline_returns(const record::Report& report, const record::Workload& workload,
                                                     const Target& target) {
  std::vector<const record::Returns*> first, result;
  for (const record::Returns& row : report.returns)
    if (row.workload == workload.id && at_target(row, target) &&
        std::none_of(first.begin(), first.end(),
                     [&](const record::Returns* other) { return other->optimizer == row.optimizer; }))
      first.push_back(&row);
  std::copy_if(first.begin(), first.end(), std::back_inserter(result),
               [](const record::Returns* row) { return !record::is_scaled(row->lr_rule); });
  return result;
}

std::vector<Row> rows_of(const record::Report& report, const std::string& workload, const Target& target) {
  const record::Summary* const summary = summary_of(report, workload, target);
  const auto tuned_for_it = [&](const record::Series& series) {
    return !series.tuned_for || *series.tuned_for == target.value;
  };
  const bool some_tuned = std::any_of(report.series.begin(), report.series.end(), [&](const record::Series& series) {
    return series.workload == workload && tuned_for_it(series);
  });
  std::vector<Row> rows;
  for (const record::Series& series : report.series) {
    if (series.workload != workload || (some_tuned && !tuned_for_it(series))) continue;
    Row base;
    base.series = &series;
    base.noise = noise_of(report, series, target);
    for (const record::Convergence& record : report.convergence)
      if (record.series == series.id && at_target(record, target)) base.convergence = &record;
    for (const record::Trajectory& trajectory : report.trajectories)
      if (trajectory.series == series.id && trajectory.status == record::RunStatus::completed)
        // What it went on beyond its budget settled only what was before.
        base.longest_steps =
            std::max(base.longest_steps.value_or(0),
                     static_cast<double>(series.budget_steps > 0 ? std::min(trajectory.steps, series.budget_steps)
                                                                 : trajectory.steps));
    std::vector<std::string> engines;
    for (const record::Throughput& steps : report.throughput)
      if (const record::Cell* const cell = find_cell(report, steps.cell);
          cell != nullptr && steps.series == series.id &&
          std::find(engines.begin(), engines.end(), cell->engine) == engines.end())
        engines.push_back(cell->engine);
    if (engines.empty()) rows.push_back(base);
    for (const std::string& engine : engines) add_engine(report, base, engine, target, rows);
  }
  for (Row& row : rows)
    row.is_best = summary != nullptr && row.best.cell != nullptr && row.series->id == summary->best_series &&
                  row.best.cell->id == summary->best_cell;
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    if (a.series->full_batch != b.series->full_batch) return a.series->full_batch;
    return a.series->batch < b.series->batch;
  });
  return rows;
}

}  // namespace descent::report
