// Tied sets, seconds per step, time to target, and the interval of the fastest of many cells.
#include <fmt/format.h>

#include <algorithm>

#include "descent/analysis/analyse.hpp"
#include "made_up.hpp"
#include "simulate.hpp"

namespace descent::bench {
namespace {

using analysis::testing::add_series;

bool holds(const std::vector<std::string>& cells, const std::string& id) {
  return std::find(cells.begin(), cells.end(), id) != cells.end();
}

/// Whether none of these cells is called slower than the best. Cells that are not compared do not count as called
/// slower.
bool none_called_slower(const record::Report& report, std::size_t equal) {
  const record::Summary& row = report.summary.at(0);
  for (std::size_t i = 0; i < equal; ++i) {
    const std::string& id = report.cells[i].id;
    if (id != row.best_cell && !holds(row.tied, id) && !holds(row.untold, id)) return false;
  }
  return true;
}

/// Gradient descent on several thread counts. Its steps are known exactly, so that only seconds differ.
record::Report thread_counts(int trial, int counts, double last, const Processes& processes) {
  record::Report report = one_target();
  core::CounterRandom random = random_of(trial);
  add_series(report, 65536, 100, {1}, 2000, true);
  std::vector<TimedCell> cells;
  for (int i = 0; i < counts; ++i) cells.push_back({"w/gd", 65536, i + 1, i + 1 == counts ? 1e-4 * last : 1e-4});
  add_timings(report, cells, processes, random);
  return analysis::analyse(std::move(report));
}

/// Batch sizes that need the same time to the target, except the first.
record::Report batches(int trial, int count, int seeds, double deviation, double first, const Processes& processes) {
  record::Report report = one_target();
  core::CounterRandom random = random_of(trial);
  std::vector<TimedCell> cells;
  for (int i = 0; i < count; ++i) {
    const std::int64_t batch = std::int64_t{1} << i;
    add_series(report, batch, 100, speeds(random, seeds, deviation), 6000);
    cells.push_back({report.series.back().id, batch, 1, i == 0 ? 1e-4 * first : 1e-4});
  }
  add_timings(report, cells, processes, random);
  return analysis::analyse(std::move(report));
}

void tied_sets(int trials, const Print& print) {
  constexpr const char* kEqual = "tied set holds the equally fast";
  for (const auto& [processes, counts] : {std::pair(3, 2), {4, 2}, {5, 2}, {8, 2}, {20, 2}, {3, 4}, {8, 4}}) {
    Tally tally(kEqual, fmt::format("{} processes, {} thread counts", processes, counts));
    for (int trial = 0; trial < trials; ++trial)
      tally.statement(
          none_called_slower(thread_counts(trial, counts, 1, {processes}), static_cast<std::size_t>(counts)));
    print(tally);
  }
  for (const auto& [count, seeds, processes] : {std::tuple(2, 20, 0), {3, 20, 0}, {6, 3, 3}, {6, 10, 8}}) {
    Tally tally(kEqual, fmt::format("{} batch sizes, {} seeds, {}", count, seeds,
                                    processes == 0 ? "exact seconds" : fmt::format("{} processes", processes)));
    for (int trial = 0; trial < trials; ++trial)
      tally.statement(none_called_slower(
          batches(trial, count, seeds, 0.3, 1, processes == 0 ? Processes{8, 0, 0, 0} : Processes{processes}),
          static_cast<std::size_t>(count)));
    print(tally);
  }
  for (const int processes : {3, 5, 8}) {
    Tally tally("10 % slower is called slower", fmt::format("{} processes, 2 thread counts", processes), 0.8);
    for (int trial = 0; trial < trials; ++trial)
      tally.statement(!none_called_slower(thread_counts(trial, 2, 1.1, {processes}), 2));
    print(tally);
  }
  Tally alone("tied set says nothing of one process", "1 process, 2 thread counts", 1);
  for (int trial = 0; trial < std::min(trials, 50); ++trial) {
    const record::Report report = thread_counts(trial, 2, 1, {1});
    alone.statement(report.summary.at(0).untold.size() == 1);
  }
  print(alone);
}

void seconds_per_step(int trials, const Print& print) {
  for (const int processes : {3, 5, 8, 12}) {
    Tally tally("seconds per step", fmt::format("{} processes", processes));
    for (int trial = 0; trial < trials; ++trial) {
      const record::Report report = thread_counts(trial, 1, 1, {processes});
      const record::Throughput& row = report.throughput.at(0);
      tally.interval(row.low, row.high, 1e-4);  // the median process; the means of samples add 1e-5 of it
    }
    print(tally);
  }
}

void time_to_target(int trials, const Print& print) {
  for (const auto& [seeds, processes] : {std::pair(3, 3), {5, 5}, {10, 8}, {20, 8}}) {
    constexpr double kDeviation = 0.3;
    Tally tally("time to target", fmt::format("{} seeds, {} processes", seeds, processes));
    const double truth = 1e-4 * steps_of(100) * std::exp(kDeviation * kDeviation / 2);
    for (int trial = 0; trial < trials; ++trial)
      for (const record::TimeToTarget& row : batches(trial, 4, seeds, kDeviation, 1, {processes}).time_to_target)
        tally.interval(row.low, row.high, truth);
    print(tally);
  }
}

/// The true time of the cell that came out fastest.
void fastest(int trials, const Print& print) {
  struct Case {
    int cells, seeds, processes;
    double first;  // seconds of the first over those of the others
  };
  for (const Case& at :
       {Case{2, 10, 8, 1}, {8, 3, 3, 1}, {8, 10, 8, 1}, {12, 10, 8, 1}, {8, 10, 8, 0.9}, {8, 10, 8, 0.6}}) {
    constexpr double kDeviation = 0.3;
    Tally tally("seconds of the fastest cell",
                fmt::format("{} cells, the first {}, {} seeds, {} processes", at.cells,
                            at.first == 1 ? "as fast" : fmt::format("{:.0f} % faster", 100 * (1 - at.first)), at.seeds,
                            at.processes));
    const double truth = 1e-4 * steps_of(100) * std::exp(kDeviation * kDeviation / 2);
    for (int trial = 0; trial < trials; ++trial) {
      const record::Report report = batches(trial, at.cells, at.seeds, kDeviation, at.first, {at.processes});
      const record::Summary& row = report.summary.at(0);
      tally.interval(row.low, row.high, row.best_cell == report.cells[0].id ? truth * at.first : truth);
    }
    print(tally);
  }
}

/// Two losses with equally fast cells each. The wrong share of the validation rows is half of δ, and both losses have
/// to come down to .085. A step of the second loss takes `second` times as long.
record::Report two_losses(int trial, int cells, int seeds, double deviation, double second,
                          const Processes& processes) {
  record::Report report = one_target();
  report.targets.push_back({record::TargetKind::accuracy, 0.005});
  core::CounterRandom random = random_of(trial);
  std::vector<TimedCell> timed;
  for (const char* const name : {"w", "v"}) {
    record::Report one = one_target();
    for (int i = 0; i < cells; ++i) add_series(one, std::int64_t{1} << i, 100, speeds(random, seeds, deviation), 4000);
    one.workloads[0].id = name, one.workloads[0].optimum_validation_accuracy = 0.92;
    for (record::Series& series : one.series) {
      series.id += name, series.workload = name;
      timed.push_back({series.id, series.batch, 1, *name == 'v' ? 1e-4 * second : 1e-4});
      report.series.push_back(series);
    }
    for (record::Trajectory& run : one.trajectories) {
      run.id += name, run.series += name, run.workload = name;
      for (std::size_t i = 0; i < run.curve.loss.size(); ++i)
        run.curve.validation_accuracy[i] = 1 - 0.5 * (*run.curve.loss[i] - 1);
      report.trajectories.push_back(run);
    }
    if (*name == 'w')
      report.workloads[0] = one.workloads[0];
    else
      report.workloads.push_back(one.workloads[0]);
  }
  add_timings(report, timed, processes, random);
  return analysis::analyse(std::move(report));
}

/// The seconds of each loss, and the ratio of the slower one to the one that came out fastest.
void losses_at_one_accuracy(int trials, const Print& print) {
  for (const auto& [cells, seeds, processes, second] :
       {std::tuple(1, 10, 8, 1.0), {4, 10, 8, 1.0}, {4, 3, 3, 1.0}, {4, 10, 8, 1.5}}) {
    constexpr double kDeviation = 0.3;
    const std::string setting = fmt::format("{} cells each, the second {} times as slow, {} seeds, {} processes", cells,
                                            second, seeds, processes);
    Tally spent("seconds of a loss at one accuracy", setting), ratios("ratio of two losses at one accuracy", setting);
    const double truth = 1e-4 * 100 * std::log2(1 / 0.17) * std::exp(kDeviation * kDeviation / 2);
    for (int trial = 0; trial < trials; ++trial)
      for (const record::LossAtAccuracy& row :
           two_losses(trial, cells, seeds, kDeviation, second, {processes}).losses_at_accuracy) {
        const double of_loss = row.workload == "v" ? second : 1;
        spent.interval(row.low, row.high, truth * of_loss);
        if (row.ratio_status != record::IntervalStatus::none)  // 1 over the other's: the fastest is the other loss
          ratios.interval(row.ratio_low, row.ratio_high, of_loss == 1 ? 1 / second : second);
      }
    print(spent);
    print(ratios);
  }
}

}  // namespace

void simulate_times(const Settings& settings, const Print& print) {
  if (settings.wants("tied")) tied_sets(settings.trials, print);
  if (settings.wants("seconds")) seconds_per_step(settings.trials, print);
  if (settings.wants("time")) time_to_target(settings.trials, print);
  if (settings.wants("fastest")) fastest(settings.trials, print);
  if (settings.wants("losses")) losses_at_one_accuracy(settings.trials, print);
}

}  // namespace descent::bench
