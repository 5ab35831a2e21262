#include <algorithm>
#include <cmath>
#include <deque>
#include <iterator>

#include "analysis/passage.hpp"
#include "analysis/tables.hpp"
#include "analysis/tied.hpp"
#include "analysis/times.hpp"
#include "descent/stats/interval.hpp"

namespace descent::analysis {
namespace {

constexpr int kReplicates = 2000;

/// The fastest cell of a loss at the common accuracy, as far as its runs tell.
struct BestCell {
  record::LossAtAccuracy row;
  SeriesRuns runs;
  CellTimes times;
  bool alone = false;  // its steps are from a single run, though they depend on the seed
  double luck = 0;     // how much too low ln seconds may be because the cell was chosen as the fastest: TiedSet::luck
};

/// Standard error of an accuracy on the validation rows; empty without such rows.
record::Real error_of(double accuracy, const record::DatasetRecord& data) {
  if (data.validation_n <= 0 || !(accuracy >= 0 && accuracy <= 1)) return {};
  return std::sqrt(accuracy * (1 - accuracy) / static_cast<double>(data.validation_n));
}

/// Is this accuracy at least two standard errors above that of always predicting the most frequent class?
bool beats_largest_class(double accuracy, const record::DatasetRecord& data) {
  if (!data.validation_largest_class) return true;  // not known
  const double share = *data.validation_largest_class;
  return accuracy > share + 2 * error_of(share, data).value_or(0);
}

/// The losses of a data set that have an accuracy target, and the error rate at which they are compared: the largest
/// that one of them tolerates. Losses whose target does not beat the largest class are kept separate.
struct Field {
  std::vector<const record::Workload*> compared, set_apart;
  double level = 0;
};

Field field_of(const record::Report& report, const record::DatasetRecord& data, const Target& target) {
  Field field;
  for (const record::Workload& workload : report.workloads) {
    const std::optional<double> own = workload.dataset == data.id ? level_of(workload, target) : std::nullopt;
    if (!own) continue;
    if (!beats_largest_class(1 - *own, data)) {
      field.set_apart.push_back(&workload);
      continue;
    }
    field.compared.push_back(&workload);
    field.level = std::max(field.level, *own);
  }
  return field;
}

/// A cell that reached the accuracy, in the form in which cells are compared.
record::TimeToTarget time_of(const record::Cell& cell, const Target& target, double steps, double seconds_per_step) {
  record::TimeToTarget row;
  row.cell = cell.id;
  row.target_kind = target.kind, row.target_value = target.value;
  row.steps = steps, row.seconds_per_step = seconds_per_step;
  row.seconds = steps * seconds_per_step;
  return row;
}

/// Takes the fastest of these cells, with the correction for having been chosen as the fastest.
void take_fastest(std::vector<Contender> cells, BestCell& best) {
  if (cells.empty()) return;
  std::stable_sort(cells.begin(), cells.end(),
                   [](const Contender& a, const Contender& b) { return *a.row->seconds < *b.row->seconds; });
  best.row.series = cells[0].series->id;
  best.row.cell = cells[0].cell->id;
  best.row.steps = cells[0].row->steps;
  best.row.seconds_per_step = cells[0].row->seconds_per_step;
  best.row.seconds = cells[0].row->seconds;
  best.runs = cells[0].runs;
  best.times = cells[0].times;
  best.alone = one_seed(*cells[0].series, cells[0].runs);
  take_untold(cells);
  best.luck = tied_with_first(cells).luck.value_or(0);
}

BestCell best_of(const record::Report& report, const record::Workload& workload, const Target& target, double level) {
  BestCell best;
  best.row.dataset = workload.dataset;
  best.row.workload = workload.id;
  best.row.target_accuracy = 1 - level;
  bool at_start = false;
  // The steps are those of one engine; together with another engine's seconds they would describe a run that was not
  // made.
  const std::string trained_by = trajectory_engine(report);
  bool ran = false, reached = false, unknown = false;
  std::vector<Contender> cells;
  std::deque<record::TimeToTarget> rows;  // a deque, since cells point to its elements
  for (const record::Series& series : report.series) {
    if (series.workload != workload.id || !competes(report, series, target)) continue;
    SeriesRuns runs = runs_to_level(report, series, workload, target, level);
    ran |= !runs.runs.empty();
    unknown |= runs.unknown > 0;
    if (runs.runs.empty() || runs.unknown > 0) continue;
    const std::optional<double> steps = stats::expected_running_time(runs.runs);
    if (!steps) continue;
    reached = true;
    at_start |= !(*steps > 0);
    const std::vector<PaidSteps> paid = steps_to_level(report, series, workload, target, level);
    for (const record::Cell* const cell : timed_cells(report, series)) {
      if (!trained_by.empty() && cell->engine != trained_by) continue;
      CellTimes times = cell_times(report, *cell, paid);
      const std::optional<double> step = times.centre();
      if (!step || !counts(report, *cell, times.oversubscribed)) continue;
      rows.push_back(time_of(*cell, target, *steps, *step));
      cells.push_back({&rows.back(), &series, cell, runs, std::move(times)});
    }
  }
  if (at_start) {  // no step was needed, so there is nothing to compare
    record::LossAtAccuracy none;
    none.dataset = best.row.dataset, none.workload = best.row.workload;
    none.target_accuracy = best.row.target_accuracy, none.status = record::AccuracyStatus::at_start;
    return {none, {}, {}};
  }
  take_fastest(std::move(cells), best);
  best.row.status = best.row.seconds ? record::AccuracyStatus::ok
                    : reached        ? record::AccuracyStatus::not_timed
                    : unknown        ? record::AccuracyStatus::stopped_before
                    : ran            ? record::AccuracyStatus::not_reached
                                     : record::AccuracyStatus::not_run;
  return best;
}

/// One draw of the seconds: both factors, as for time_to_target.
double drawn_seconds(const BestCell& contender, core::CounterRandom& random) {
  const double steps = draw_steps(random, contender.runs, *contender.row.steps);
  return steps * contender.times.drawn(random).value_or(*contender.row.seconds_per_step);
}

void set_interval(BestCell& contender) {
  contender.row.interval_status = record::IntervalStatus::one_seed;
  if (contender.alone) return;
  const auto interval =
      stats::open_bootstrap(seed_of(contender.row.series + "at accuracy"), kReplicates,
                            [&](core::CounterRandom& random) { return drawn_seconds(contender, random); });
  contender.row.low = interval.low, contender.row.high = interval.high;
  if (interval.high) contender.row.high = std::max(*interval.high, *contender.row.seconds * std::exp(contender.luck));
  contender.row.interval_status = interval.high ? record::IntervalStatus::ok : record::IntervalStatus::open;
}

/// Sets the ratio to the seconds of the fastest loss. Losses share neither seeds nor cells, so both are drawn
/// independently; effects that a process has on all cells widen the interval instead of cancelling.
void set_ratio(const BestCell& fastest, BestCell& contender) {
  contender.row.ratio = *contender.row.seconds / *fastest.row.seconds;
  if (&fastest == &contender) return;
  contender.row.ratio_status = record::IntervalStatus::one_seed;
  if (fastest.alone || contender.alone) return;
  const auto interval = stats::open_bootstrap(seed_of(contender.row.series + fastest.row.series), kReplicates,
                                              [&](core::CounterRandom& random) {
                                                const double other = drawn_seconds(fastest, random);
                                                return std::isinf(other) ? 0 : drawn_seconds(contender, random) / other;
                                              });
  const double ratio = *contender.row.ratio;
  contender.row.ratio_low = interval.low, contender.row.ratio_high = interval.high;
  if (interval.low) contender.row.ratio_low = std::min(*interval.low, ratio * std::exp(-fastest.luck));
  if (interval.high) contender.row.ratio_high = std::max(*interval.high, ratio * std::exp(contender.luck));
  contender.row.ratio_status = interval.high ? record::IntervalStatus::ok : record::IntervalStatus::open;
}

}  // namespace

void derive_losses_at_accuracy(record::Report& report) {
  report.losses_at_accuracy.clear();
  const std::optional<Target> target = accuracy_of(report);
  if (!target) return;
  for (const record::DatasetRecord& data : report.datasets) {
    const Field field = field_of(report, data, *target);
    if (field.compared.size() + field.set_apart.size() < 2) continue;
    std::vector<BestCell> contenders;
    for (const record::Workload* workload : field.compared) {
      contenders.push_back(best_of(report, *workload, *target, field.level));
      contenders.back().row.target_accuracy_error = error_of(1 - field.level, data);
    }
    for (const record::Workload* workload : field.set_apart) {
      BestCell apart;
      apart.row.dataset = data.id, apart.row.workload = workload->id;
      apart.row.target_accuracy = 1 - level_of(*workload, *target).value_or(1);  // its own
      apart.row.target_accuracy_error = error_of(apart.row.target_accuracy, data);
      apart.row.status = record::AccuracyStatus::largest_class;
      contenders.push_back(std::move(apart));
    }
    const BestCell* fastest = nullptr;
    for (BestCell& contender : contenders) {
      if (!contender.row.seconds) continue;
      set_interval(contender);
      if (fastest == nullptr || *contender.row.seconds < *fastest->row.seconds) fastest = &contender;
    }
    for (BestCell& contender : contenders)
      if (contender.row.seconds) set_ratio(*fastest, contender);
    std::transform(contenders.begin(), contenders.end(), std::back_inserter(report.losses_at_accuracy),
                   [](const BestCell& contender) { return contender.row; });
  }
}

}  // namespace descent::analysis
