#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/passage.hpp"
#include "analysis/tables.hpp"
#include "analysis/times.hpp"
#include "descent/stats/interval.hpp"

namespace descent {
namespace {

constexpr int kReplicates = 2000;  // the smallest p is 1/2001: Holm can reject among a hundred cells
constexpr double kCheapEnough = 1.05;
constexpr double kIndistinguishable = 0.05;  // family-wise, by Holm

struct Cell {
  const TimeToTarget* row;
  const Series* series;
  SeriesRuns runs;
  CellTimes times;
};

std::string name_of(const Cell& cell) {
  const std::string batch = cell.series->optimizer == "gd" ? "full" : std::to_string(cell.series->batch);
  return fmt::format("batch {} × {} thread{}", batch, cell.row->threads, cell.row->threads == 1 ? "" : "s");
}

std::vector<Cell> cells_of(const Report& report, const Workload& workload, const Target& target) {
  std::vector<Cell> cells;
  for (const TimeToTarget& row : report.time_to_target) {
    if (row.target_kind != target.kind || row.target_value != target.value || !row.seconds) continue;
    const Series* const series = find_series(report, row.series);
    if (series == nullptr || series->workload != workload.id || row.engine != row.steps_from) continue;
    cells.push_back({&row, series, runs_to_target(report, *series, workload, target),
                     cell_times(report, *series, row.engine, row.threads)});
  }
  std::sort(cells.begin(), cells.end(), [](const Cell& a, const Cell& b) { return *a.row->seconds < *b.row->seconds; });
  return cells;
}

/// ln seconds of every cell in one replicate. Cells of one series share its steps, and cells of one invocation its
/// processes: what they have in common is drawn once and cancels in their ratio.
std::optional<std::vector<double>> replicate(const std::vector<Cell>& cells, std::uint64_t seed, std::uint64_t number) {
  std::vector<double> logs;
  for (const Cell& cell : cells) {
    CounterRandom seeds(seed_of(cell.series->id, seed), Purpose::bootstrap, number);
    CounterRandom invocations(seed, Purpose::bootstrap, number);
    std::vector<stats::Duration> drawn;
    for (const std::size_t i : stats::resample(seeds, cell.runs.runs.size())) drawn.push_back(cell.runs.runs[i]);
    const auto steps = stats::expected_running_time(drawn), seconds = cell.times.resampled(invocations);
    if (!steps || !seconds || !(*steps * *seconds > 0)) return {};
    logs.push_back(std::log(*steps * *seconds));
  }
  return logs;
}

/// Cells that cannot be told apart from the best one. For each, the hypothesis is that it is as fast as the best of the
/// others: its errors and theirs are resampled together, the best of the others is chosen anew in each replicate, and p
/// is the share in which the cell trails by at least as much as it was seen to. Holm (1979) over the cells.
std::vector<std::string> tied_with_best(const std::vector<Cell>& cells) {
  std::vector<double> seen;
  for (const Cell& cell : cells) seen.push_back(std::log(*cell.row->seconds));
  const std::uint64_t seed =
      seed_of(cells[0].series->workload + cells[0].row->target_kind + std::to_string(cells[0].row->target_value));
  std::vector<int> as_far(cells.size(), 0);
  int replicates = 0;
  for (int number = 0; number < kReplicates; ++number) {
    const auto drawn = replicate(cells, seed, static_cast<std::uint64_t>(number));
    if (!drawn) continue;
    ++replicates;
    for (std::size_t c = 1; c < cells.size(); ++c) {
      const double shifted = (*drawn)[c] - seen[c] + seen[0];
      double best = std::numeric_limits<double>::infinity();
      for (std::size_t other = 0; other < cells.size(); ++other)
        if (other != c) best = std::min(best, (*drawn)[other]);
      as_far[c] += shifted - best >= seen[c] - seen[0] - 1e-12;
    }
  }
  std::vector<std::pair<double, std::size_t>> p_values;
  for (std::size_t c = 1; c < cells.size(); ++c) p_values.emplace_back((as_far[c] + 1.0) / (replicates + 1.0), c);
  std::sort(p_values.begin(), p_values.end());
  std::vector<std::size_t> tied;
  bool rejecting = true;
  for (std::size_t i = 0; i < p_values.size(); ++i) {
    rejecting = rejecting && p_values[i].first * static_cast<double>(p_values.size() - i) <= kIndistinguishable;
    if (!rejecting) tied.push_back(p_values[i].second);
  }
  std::sort(tied.begin(), tied.end());  // fastest first
  std::vector<std::string> names;
  for (const std::size_t c : tied) names.push_back(name_of(cells[c]));
  return names;
}

void add_baseline(const Workload& workload, const Target& target, Summary& row) {
  if (target.kind == "accuracy" || !workload.optimum_value) return;
  const double level = *workload.optimum_value + target.value * (workload.f0 - *workload.optimum_value);
  for (const SolverPoint& point : workload.optimum_passage)
    if (point.value <= level) {
      row.baseline_seconds = point.seconds;
      row.baseline_passes = point.passes;
      return;
    }
}

void add_returns(const Report& report, const Workload& workload, const Target& target, Summary& row) {
  const auto matches = [&](const auto& record) {
    return record.workload == workload.id && record.target_kind == target.kind && record.target_value == target.value;
  };
  for (const Returns& returns : report.returns)
    if (matches(returns)) {
      row.half_efficiency_batch = returns.half_efficiency_batch;
      row.half_low = returns.half_low;
      row.half_high = returns.half_high;
    }
  for (const Doubling& doubling : report.doublings) {
    if (!matches(doubling)) continue;
    if (doubling.batch == 32) row.gain_32_64 = doubling.step_gain;
    if (doubling.batch == 8192) row.gain_8192_16384 = doubling.step_gain;
  }
}

}  // namespace

void derive_summary(Report& report) {
  report.summary.clear();
  for (const Workload& workload : report.workloads)
    for (const Target& target : targets_of(report)) {
      const std::vector<Cell> cells = cells_of(report, workload, target);
      Summary row;
      row.workload = workload.id;
      row.target_kind = target.kind;
      row.target_value = target.value;
      add_baseline(workload, target, row);
      add_returns(report, workload, target, row);
      if (cells.empty()) {
        row.note = "no cell reached this target";
        report.summary.push_back(row);
        continue;
      }
      const TimeToTarget& best = *cells[0].row;
      row.best_series = best.series;
      row.best_batch = cells[0].series->batch;
      row.best_threads = best.threads;
      row.best_seconds = best.seconds;
      row.low = best.low, row.high = best.high;
      row.tied = tied_with_best(cells);
      const Cell* cheapest = nullptr;
      for (const Cell& cell : cells)
        if (*cell.row->seconds <= kCheapEnough * *best.seconds &&
            (cheapest == nullptr || *cell.row->core_seconds < *cheapest->row->core_seconds))
          cheapest = &cell;
      row.cheapest_within_5_percent = name_of(*cheapest);
      row.cheapest_core_seconds = cheapest->row->core_seconds;
      report.summary.push_back(row);
    }
}

}  // namespace descent
