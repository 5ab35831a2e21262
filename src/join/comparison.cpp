#include "descent/join/comparison.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "descent/record/find.hpp"
#include "descent/stats/two_samples.hpp"
#include "join/comparing.hpp"

namespace descent::join {
namespace {

std::string text_of(const std::map<std::string, std::string>& texts, const char* name) {
  const auto found = texts.find(name);
  return found == texts.end() ? "" : found->second;
}

int timed_cells(const record::Report& report) {
  return static_cast<int>(std::count_if(report.cells.begin(), report.cells.end(), [&](const record::Cell& cell) {
    return std::any_of(report.timings.begin(), report.timings.end(),
                       [&](const record::Timing& timing) { return timing.cell == cell.id; });
  }));
}

/// "16 cells (batch 32 × 1 thread, batch 32 × 2 threads, …) and 30 runs": the contents of a report that could be
/// compared, for messages.
std::string contents_of(const record::Report& report) {
  constexpr std::size_t kMost = 4;
  std::vector<std::string> names;
  for (const record::Cell& cell : report.cells)
    if (names.size() < kMost) names.push_back(record::cell_name(report, cell));
  if (report.cells.size() > kMost) names.emplace_back("…");
  return fmt::format("{} cells{} and {} runs", report.cells.size(),
                     names.empty() ? std::string() : fmt::format(" ({})", fmt::join(names, ", ")),
                     report.trajectories.size());
}

/// Processes that both reports would need before any cell can be called different; 0 if they have enough.
int processes_needed(const Comparison& comparison) {
  if (comparison.cells.empty()) return 0;
  const double level = 0.025 / static_cast<double>(comparison.cells.size());
  const bool enough = std::any_of(comparison.cells.begin(), comparison.cells.end(), [&](const CellRatio& cell) {
    return stats::least_rank_p(static_cast<std::size_t>(cell.base_processes),
                               static_cast<std::size_t>(cell.new_processes)) < level;
  });
  return enough ? 0 : static_cast<int>(stats::values_needed(level));
}

}  // namespace

Side side_of(const Labelled& labelled) {
  const record::Report& report = *labelled.report;
  Side side;
  side.label = labelled.label, side.path = labelled.path;
  side.date = report.context.date, side.machine = text_of(report.context.machine, "model");
  side.commit = text_of(report.context.build, "git_commit");
  side.compiler = text_of(report.context.build, "compiler");
  side.cores = report.context.num_cpus;
  side.processes = static_cast<int>(report.invocations.size());
  side.cells = timed_cells(report);
  return side;
}

std::optional<record::Target> headline_of(const record::Report& report) {
  for (const record::Target& target : report.targets)
    if (target.headline) return target;
  return report.targets.empty() ? std::nullopt : std::optional(report.targets.back());
}

Comparison compare(const Labelled& base, const Labelled& found, const CompareOptions& options) {
  Comparison comparison;
  comparison.base = side_of(base), comparison.found = side_of(found);
  comparison.same_within = options.same_within;
  compare_fingerprints(*base.report, *found.report, comparison);
  compare_steps(*base.report, *found.report, comparison);
  comparison.alternating = comparison.same_machine && take_turns(*base.report, *found.report);
  comparison.sentinels = compare_sentinels(*base.report, *found.report);
  const std::vector<TimedCell> timed = timed_in_both(*base.report, *found.report);
  comparison.cells = compare_cells(*base.report, *found.report, timed, comparison, options);
  comparison.groups = compare_groups(timed, comparison.cells);
  comparison.targets = compare_targets(*base.report, *found.report, timed, comparison);
  comparison.best = compare_best(*base.report, *found.report, comparison.targets);
  comparison.base_only = comparison.base.cells - static_cast<int>(timed.size());
  comparison.new_only = comparison.found.cells - static_cast<int>(timed.size());
  comparison.processes_needed = processes_needed(comparison);
  if (comparison.cells.empty() && comparison.steps == StepsVerdict::not_compared && comparison.best.empty())
    throw NotComparable(fmt::format("cannot compare: found no cell and no run in common; {} has {}; {} has {}",
                                    base.label, contents_of(*base.report), found.label, contents_of(*found.report)));
  judge(comparison, options);
  return comparison;
}

std::vector<MachineRow> by_machine(std::span<const Labelled> reports) {
  std::vector<MachineRow> rows;
  for (const Labelled& labelled : reports) {
    const record::Report& report = *labelled.report;
    const std::optional<record::Target> headline = headline_of(report);
    for (const record::Summary& summary : report.summary) {
      const record::Target target{summary.target_kind, summary.target_value, true};
      const record::Cell* const cell = record::find_cell(report, summary.best_cell);
      if (!headline || *headline != target || !summary.best_seconds || cell == nullptr) continue;
      MachineRow row;
      row.label = labelled.label, row.workload = summary.workload;
      if (const record::Workload* const workload = record::find_workload(report, summary.workload))
        row.loss = workload->loss;
      row.target_kind = summary.target_kind, row.target_value = summary.target_value;
      row.best_cell = record::cell_name(report, *cell);
      row.seconds = summary.best_seconds, row.low = summary.low, row.high = summary.high;
      for (const record::Throughput& throughput : report.throughput)
        if (throughput.series == summary.best_series && throughput.cell == summary.best_cell)
          row.share_of_roof = throughput.fraction_of_roof, row.speed_up = throughput.speed_up;
      const auto first = std::find_if(rows.begin(), rows.end(), [&](const MachineRow& other) {
        return other.workload == row.workload && other.target_kind == row.target_kind &&
               other.target_value == row.target_value;
      });
      row.ratio = first == rows.end() ? 1.0 : *first->seconds / *row.seconds;
      rows.push_back(row);
    }
  }
  return rows;
}

}  // namespace descent::join
