#include "report/html/view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "report/answer.hpp"
#include "report/format.hpp"

namespace descent::report {
namespace {

/// The records of `from` that `belongs` holds of.
template <class T, class Belongs>
std::vector<T> chosen(const std::vector<T>& from, Belongs&& belongs) {
  std::vector<T> result;
  std::copy_if(from.begin(), from.end(), std::back_inserter(result), belongs);
  return result;
}

/// Engines that timed something, those of the summary's best cell first.
std::vector<std::string> engines_of(const record::Report& report, const Target& target) {
  std::vector<std::string> engines;
  const auto add = [&](const std::string& engine) {
    if (std::find(engines.begin(), engines.end(), engine) == engines.end()) engines.push_back(engine);
  };
  if (const record::Summary* const summary = summary_of(report, report.workloads.front().id, target))
    if (const record::Cell* const cell = record::find_cell(report, summary->best_cell)) add(cell->engine);
  for (const record::Throughput& row : report.throughput)
    if (const record::Cell* const cell = record::find_cell(report, row.cell)) add(cell->engine);
  if (engines.empty()) engines.emplace_back();
  return engines;
}

std::string name_with(const View& view, const record::Series& series, int detail) {
  std::string name = detail > 0 ? series.optimizer + " " : "";
  name += batch_text(series);
  if (detail > 1) name += " " + to_text(series.lr_rule);
  if (detail > 2) name += " " + to_text(series.sampling) + " " + to_text(series.schedule);
  return detail > 3 ? series.id.substr(std::min(series.id.size(), view.workload->id.size() + 1)) : name;
}

}  // namespace

record::Report only_workload(const record::Report& report, const record::Workload& workload) {
  const auto of_workload = [&](const auto& record) { return record.workload == workload.id; };
  record::Report part;
  part.status = report.status;
  part.context = report.context;
  part.roofs = report.roofs;
  part.datasets = report.datasets;
  part.workloads = {workload};
  part.loss_shapes = report.loss_shapes;
  part.landscapes = chosen(report.landscapes, of_workload);
  part.demonstrations = chosen(report.demonstrations, of_workload);
  part.targets = report.targets;
  part.series = chosen(report.series, of_workload);
  std::set<std::string> series;
  for (const record::Series& record : part.series) series.insert(record.id);
  const auto of_series = [&](const auto& record) { return series.contains(record.series); };
  part.tunings = chosen(report.tunings, of_series);
  part.trajectories = chosen(report.trajectories, of_series);
  part.cells = chosen(report.cells, of_workload);
  std::set<std::string> cells;
  for (const record::Cell& cell : part.cells) cells.insert(cell.id);
  part.timings = chosen(report.timings, [&](const record::Timing& timing) { return cells.contains(timing.cell); });
  part.moments = chosen(report.moments, of_workload);
  part.convergence = chosen(report.convergence, of_series);
  part.noise = chosen(report.noise, of_workload);
  part.curve_noise = chosen(report.curve_noise, of_series);
  part.returns = chosen(report.returns, of_workload);
  part.doublings = chosen(report.doublings, of_workload);
  part.batch_noise = chosen(report.batch_noise, of_workload);
  part.time_to_target = chosen(report.time_to_target, of_series);
  part.throughput = chosen(report.throughput, of_series);
  part.scaling = chosen(report.scaling, of_series);
  part.summary = chosen(report.summary, of_workload);
  part.losses_at_accuracy = chosen(report.losses_at_accuracy, of_workload);
  part.escapes = chosen(report.escapes, of_series);
  part.escape_laws = chosen(report.escape_laws, of_workload);
  return part;
}

std::vector<View> views_of(const record::Report& report) {
  View base;
  base.report = &report;
  base.workload = &report.workloads.front();
  base.targets = targets_of(report, base.workload->id);
  const Target headline = headline_of(base.targets);
  std::vector<Target> targets{headline};
  for (const Target& target : base.targets)
    if (!(target == headline)) targets.push_back(target);
  std::vector<View> views;
  for (const Target& target : targets) {
    const std::vector<Row> rows = rows_of(report, base.workload->id, target);
    for (const std::string& engine : engines_of(report, headline)) {
      View view = base;
      view.target = target;
      view.engine = engine;
      for (const Row& row : rows)
        if (row.engine == engine || row.engine.empty()) view.rows.push_back(row);
      std::stable_partition(view.rows.begin(), view.rows.end(), [](const Row& row) { return !row.series->full_batch; });
      views.push_back(std::move(view));
    }
  }
  return views;
}

std::string short_name(const View& view, const record::Series& series) {
  for (int detail = 0; detail < 4; ++detail) {
    const std::string name = name_with(view, series, detail);
    const auto same = std::count_if(view.rows.begin(), view.rows.end(), [&](const Row& row) {
      return row.series->id != series.id && name_with(view, *row.series, detail) == name;
    });
    if (same == 0) return name;
  }
  return name_with(view, series, 4);
}

std::string until_text(const View& view) {
  const std::string target = target_text(view.target);
  if (view.target.kind == record::TargetKind::suboptimality) return fmt::format("until {} is left", target);
  if (view.target.kind == record::TargetKind::loss) return fmt::format("until a run has {}", target);
  if (view.target.kind == record::TargetKind::escape) return fmt::format("until a run is {}", target);
  return fmt::format("until a run is within {}", target);
}

bool is_landscape(const View& view) { return !view.report->landscapes.empty(); }

double rows_of_step(const record::Series& series) {
  return std::max(1.0, std::round(series.rows_per_step > 0 ? series.rows_per_step : static_cast<double>(series.batch)));
}

}  // namespace descent::report
