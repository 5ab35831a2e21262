#include "report/rows.hpp"

#include <algorithm>
#include <cmath>

namespace descent::report {
namespace {

template <class T>
bool at_target(const T& record, const Target& target) {
  return record.target_kind == target.kind && record.target_value == target.value;
}

/// Of its batch and workload, as its batches are drawn (one of a shuffled epoch, by itself, is one of distinct rows):
/// at the checkpoint nearest to the target in ln δ; for an accuracy, nearest to the end.
const record::Noise* noise_of(const record::Report& report, const record::Series& series, const Target& target) {
  const std::string sampling = series.sampling == "reshuffle" ? "iid_distinct" : series.sampling;
  const double wanted = target.kind == "suboptimality" && target.value > 0 ? target.value : 1e-300;
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
  for (const record::Throughput& cell : report.throughput)
    if (cell.series == row.series->id && cell.engine == engine) row.throughput.push_back(&cell);
  for (const record::TimeToTarget& cell : report.time_to_target)
    if (cell.series == row.series->id && cell.engine == engine && at_target(cell, target)) row.times.push_back(&cell);
  const auto by_threads = [](const auto* a, const auto* b) { return a->threads < b->threads; };
  std::sort(row.throughput.begin(), row.throughput.end(), by_threads);
  std::sort(row.times.begin(), row.times.end(), by_threads);
  for (const record::TimeToTarget* cell : row.times)
    if (cell->seconds && (row.best == nullptr || std::pair(cell->oversubscribed, *cell->seconds) <
                                                     std::pair(row.best->oversubscribed, *row.best->seconds)))
      row.best = cell;
  for (const record::Throughput* cell : row.throughput)
    if (cell->seconds_per_step && (!row.best_seconds_per_step || *cell->seconds_per_step < *row.best_seconds_per_step))
      row.best_seconds_per_step = cell->seconds_per_step;
  rows.push_back(std::move(row));
}

}  // namespace

std::vector<Target> targets_of(const record::Report& report, const std::string& workload) {
  std::vector<Target> targets;
  for (const record::Convergence& record : report.convergence) {
    const auto series = std::find_if(report.series.begin(), report.series.end(),
                                     [&](const record::Series& candidate) { return candidate.id == record.series; });
    const Target target{record.target_kind, record.target_value};
    if (series != report.series.end() && series->workload == workload &&
        std::find(targets.begin(), targets.end(), target) == targets.end())
      targets.push_back(target);
  }
  std::sort(targets.begin(), targets.end(),
            [](const Target& a, const Target& b) { return a.kind != b.kind ? a.kind < b.kind : a.value > b.value; });
  return targets;
}

Target headline_of(const std::vector<Target>& targets) {
  for (auto target = targets.rbegin(); target != targets.rend(); ++target)
    if (target->kind == "suboptimality") return *target;
  return targets.empty() ? Target{} : targets.back();
}

bool is_tuned_elsewhere(const record::Series& series, const Target& target) {
  return series.tuned_for && (target.kind != "suboptimality" || *series.tuned_for != target.value);
}

const record::Summary* summary_of(const record::Report& report, const std::string& workload, const Target& target) {
  for (const record::Summary& summary : report.summary)
    if (summary.workload == workload && at_target(summary, target)) return &summary;
  return nullptr;
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
      if (trajectory.series == series.id && trajectory.status == "completed")
        base.longest_steps = std::max(base.longest_steps.value_or(0), static_cast<double>(trajectory.steps));
    std::vector<std::string> engines;
    for (const record::Throughput& cell : report.throughput)
      if (cell.series == series.id && std::find(engines.begin(), engines.end(), cell.engine) == engines.end())
        engines.push_back(cell.engine);
    if (engines.empty()) rows.push_back(base);
    for (const std::string& engine : engines) add_engine(report, base, engine, target, rows);
  }
  for (Row& row : rows)
    row.is_best = summary != nullptr && row.series->id == summary->best_series && row.best != nullptr &&
                  row.best->threads == summary->best_threads &&
                  (!summary->best_seconds || row.best->seconds == summary->best_seconds);
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    const bool a_gd = a.series->optimizer == "gd", b_gd = b.series->optimizer == "gd";
    return a_gd != b_gd ? a_gd : a.series->batch < b.series->batch;
  });
  return rows;
}

}  // namespace descent::report
