#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

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

/// Errors of ln seconds by replicate and cell. Cells of one series share its steps, and cells of one invocation its
/// processes: what they have in common is drawn once and cancels in their ratio.
std::vector<std::vector<double>> joint_errors(const std::vector<Cell>& cells) {
  const std::uint64_t seed =
      seed_of(cells[0].series->workload + cells[0].row->target_kind + std::to_string(cells[0].row->target_value));
  std::vector<std::vector<double>> errors;
  for (std::uint64_t number = 0; number < kReplicates; ++number) {
    std::map<const Series*, std::optional<double>> steps_of;
    std::vector<double> row;
    for (const Cell& cell : cells) {
      auto [steps, added] = steps_of.try_emplace(cell.series);
      if (added) {
        CounterRandom seeds(seed_of(cell.series->id, seed), Purpose::bootstrap, number);
        steps->second = draw_steps(seeds, cell.runs, *cell.row->steps);
      }
      CounterRandom invocations(seed, Purpose::bootstrap, number);
      const auto seconds = cell.times.resampled(invocations);
      if (!steps->second || !seconds || !(*steps->second * *seconds > 0)) break;
      row.push_back(std::log(*steps->second * *seconds / *cell.row->seconds));
    }
    if (row.size() == cells.size()) errors.push_back(std::move(row));
  }
  return errors;
}

/// Cells that cannot be told apart from the best one, fastest first. Step down: of those left, all taken to be equally
/// fast, which trails by more than chance explains? Their errors are drawn together and the best of the others is
/// chosen anew in each replicate; the cell with the smallest p goes, if Holm's correction (1979) lets it, and the rest
/// are looked at again. As a model confidence set (Hansen, Lunde and Nason 2011).
std::vector<std::string> tied_with_best(const std::vector<Cell>& cells) {
  const std::vector<std::vector<double>> errors = joint_errors(cells);
  std::vector<std::size_t> left;
  for (std::size_t c = 0; c < cells.size(); ++c) left.push_back(c);
  while (left.size() > 1) {
    std::vector<int> as_far(cells.size(), 0);
    for (const std::vector<double>& error : errors) {
      std::size_t best = left[0], second = left[1];
      if (error[second] < error[best]) std::swap(best, second);
      for (std::size_t i = 2; i < left.size(); ++i)
        if (error[left[i]] < error[best])
          second = std::exchange(best, left[i]);
        else if (error[left[i]] < error[second])
          second = left[i];
      for (const std::size_t c : left) {
        const double behind = std::log(*cells[c].row->seconds / *cells[left[0]].row->seconds);
        as_far[c] += error[c] - error[c == best ? second : best] >= behind - 1e-12;
      }
    }
    // The slowest of those with the smallest p; left[0] is the fastest and stays.
    const auto gone = std::min_element(left.rbegin(), left.rend() - 1,
                                       [&](std::size_t a, std::size_t b) { return as_far[a] < as_far[b]; });
    const double p = (as_far[*gone] + 1.0) / (static_cast<double>(errors.size()) + 1.0);
    if (p * static_cast<double>(left.size() - 1) > kIndistinguishable) break;
    left.erase(std::next(gone).base());
  }
  std::vector<std::string> names;
  for (std::size_t i = 1; i < left.size(); ++i) names.push_back(name_of(cells[left[i]]));
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
      break;  // the first rule is the headline's
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
