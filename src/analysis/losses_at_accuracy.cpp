#include <algorithm>
#include <cmath>
#include <iterator>

#include "analysis/passage.hpp"
#include "analysis/tables.hpp"
#include "analysis/times.hpp"
#include "descent/stats/interval.hpp"

namespace descent::analysis {
namespace {

constexpr int kReplicates = 2000;

/// The fastest cell of a loss at the common accuracy, as far as its runs tell.
struct Contender {
  record::LossAtAccuracy row;
  SeriesRuns runs;
  CellTimes times;
  bool alone = false;  // a single run of a series that depends on its seed
};

/// 1 − accuracy at which losses of a data set are compared: what each of them tolerates, the largest.
std::optional<double> common_level(const record::Report& report, const record::DatasetRecord& data,
                                   const Target& target) {
  std::optional<double> level;
  int losses = 0;
  for (const record::Workload& workload : report.workloads)
    if (workload.dataset == data.id)
      if (const auto own = level_of(workload, target)) level = std::max(level.value_or(0), *own), ++losses;
  return losses < 2 ? std::nullopt : level;
}

Contender best_of(const record::Report& report, const record::Workload& workload, const Target& target, double level) {
  Contender best;
  best.row.dataset = workload.dataset;
  best.row.workload = workload.id;
  best.row.target_accuracy = 1 - level;
  // Steps are those of one engine; another's seconds would be of a run that nobody made.
  const std::string trained_by = trajectory_engine(report);
  bool ran = false, reached = false, unknown = false;
  for (const record::Series& series : report.series) {
    if (series.workload != workload.id || !competes(report, series, target)) continue;
    SeriesRuns runs = runs_to_level(report, series, workload, target, level);
    ran |= !runs.runs.empty();
    unknown |= runs.unknown > 0;
    if (runs.runs.empty() || runs.unknown > 0) continue;
    const std::optional<double> steps = stats::expected_running_time(runs.runs);
    if (!steps) continue;
    reached = true;
    const std::vector<PaidSteps> paid = steps_to_level(report, series, workload, target, level);
    for (const record::Cell* const cell : timed_cells(report, series)) {
      if (!trained_by.empty() && cell->engine != trained_by) continue;
      CellTimes times = cell_times(report, *cell, paid);
      const std::optional<double> step = times.centre();
      if (!step || !counts(report, *cell, times.oversubscribed) ||
          (best.row.seconds && *best.row.seconds <= *steps * *step))
        continue;
      best.row.series = series.id;
      best.row.cell = cell->id;
      best.row.steps = steps;
      best.row.seconds_per_step = step;
      best.row.seconds = *steps * *step;
      best.runs = runs;
      best.alone = one_seed(series, runs);
      best.times = std::move(times);
    }
  }
  best.row.status = best.row.seconds ? record::AccuracyStatus::ok
                    : reached        ? record::AccuracyStatus::not_timed
                    : unknown        ? record::AccuracyStatus::stopped_before
                    : ran            ? record::AccuracyStatus::not_reached
                                     : record::AccuracyStatus::not_run;
  return best;
}

/// One draw of the seconds: both factors, as for time_to_target.
double drawn_seconds(const Contender& contender, core::CounterRandom& random) {
  const double steps = draw_steps(random, contender.runs, *contender.row.steps);
  return steps * contender.times.drawn(random).value_or(*contender.row.seconds_per_step);
}

void set_interval(Contender& contender) {
  contender.row.interval_status = record::IntervalStatus::one_seed;
  if (contender.alone) return;
  const auto interval =
      stats::open_bootstrap(seed_of(contender.row.series + "at accuracy"), kReplicates,
                            [&](core::CounterRandom& random) { return drawn_seconds(contender, random); });
  contender.row.low = interval.low, contender.row.high = interval.high;
  contender.row.interval_status = interval.high ? record::IntervalStatus::ok : record::IntervalStatus::open;
}

/// How many times as long as the fastest loss. Losses share neither seeds nor cells, so that both are drawn by
/// themselves; what a process has in common for all cells widens the interval instead of cancelling in it.
void set_ratio(const Contender& fastest, Contender& contender) {
  contender.row.ratio = *contender.row.seconds / *fastest.row.seconds;
  if (&fastest == &contender) return;
  contender.row.ratio_status = record::IntervalStatus::one_seed;
  if (fastest.alone || contender.alone) return;
  const auto interval = stats::open_bootstrap(seed_of(contender.row.series + fastest.row.series), kReplicates,
                                              [&](core::CounterRandom& random) {
                                                const double other = drawn_seconds(fastest, random);
                                                return std::isinf(other) ? 0 : drawn_seconds(contender, random) / other;
                                              });
  contender.row.ratio_low = interval.low, contender.row.ratio_high = interval.high;
  contender.row.ratio_status = interval.high ? record::IntervalStatus::ok : record::IntervalStatus::open;
}

}  // namespace

void derive_losses_at_accuracy(record::Report& report) {
  report.losses_at_accuracy.clear();
  const std::optional<Target> target = accuracy_of(report);
  if (!target) return;
  for (const record::DatasetRecord& data : report.datasets) {
    const std::optional<double> level = common_level(report, data, *target);
    if (!level) continue;
    std::vector<Contender> contenders;
    for (const record::Workload& workload : report.workloads)
      if (workload.dataset == data.id && level_of(workload, *target))
        contenders.push_back(best_of(report, workload, *target, *level));
    const Contender* fastest = nullptr;
    for (Contender& contender : contenders) {
      if (!contender.row.seconds) continue;
      set_interval(contender);
      if (fastest == nullptr || *contender.row.seconds < *fastest->row.seconds) fastest = &contender;
    }
    for (Contender& contender : contenders)
      if (contender.row.seconds) set_ratio(*fastest, contender);
    std::transform(contenders.begin(), contenders.end(), std::back_inserter(report.losses_at_accuracy),
                   [](const Contender& contender) { return contender.row; });
  }
}

}  // namespace descent::analysis
