#include <algorithm>
#include <cmath>

#include "analysis/passage.hpp"
#include "analysis/rate.hpp"
#include "analysis/signal.hpp"
#include "analysis/steps_error.hpp"
#include "analysis/tables.hpp"
#include "descent/stats/interval.hpp"
#include "descent/stats/summary.hpp"

namespace descent::analysis {
namespace {

constexpr int kFewSeeds = 20;
constexpr int kFewForMedian = 6;  // of five runs the extremes hold the median between them in 93.75 % of cases
constexpr int kReplicates = 2000;
constexpr double kGapShare = 1e-3;  // largest gap of the optimum, relative to the target's own gap

/// Is the optimum certified well enough for the target? An accuracy target refers to the accuracy of W*, so W* has to
/// be known well enough for the headline target.
bool certified_for(const record::Report& report, const record::Series& series, const record::Workload& workload,
                   const Target& target) {
  if (target.kind == record::TargetKind::loss || target.kind == record::TargetKind::escape) return true;
  const std::optional<Target> needed = target.kind == record::TargetKind::accuracy ? headline_of(report) : target;
  const double f0 = start_of(report, series).value_or(workload.f0);
  return needed && workload.optimum_kind == record::OptimumKind::certified && workload.optimum_gap &&
         workload.optimum_value && *workload.optimum_gap <= kGapShare * needed->value * (f0 - *workload.optimum_value);
}

/// Interval of the expected steps: by t on their logarithm; with censored runs by bootstrap over runs.
void mean_interval(const record::Series& series, const SeriesRuns& runs, record::Convergence& row) {
  if (one_seed(series, runs)) {
    row.mean_status = record::IntervalStatus::one_seed;
    return;
  }
  row.few_seeds = static_cast<int>(runs.runs.size()) < kFewSeeds;
  if (!runs.error) {  // an interval from only the runs that reached would not belong to this figure
    const auto open = stats::open_bootstrap(
        seed_of(row.series + to_text(row.target_kind) + std::to_string(row.target_value)), kReplicates,
        [&](core::CounterRandom& random) { return draw_steps(random, runs, *row.ert_steps); });
    row.mean_low = open.low, row.mean_high = open.high;
    row.mean_status = open.high ? record::IntervalStatus::ok : record::IntervalStatus::open;
    row.interval_kind = record::IntervalKind::bootstrap;
    return;
  }
  // Variance of these runs alone; pool_steps_errors() moves it towards those of the other batch sizes, and sets the
  // ends.
  const std::vector<double> logs = log_steps(runs);
  row.steps_log_sd = std::sqrt(stats::variance(logs));
  row.steps_freedom = static_cast<double>(logs.size() - 1);
  row.mean_status = record::IntervalStatus::ok;
  row.interval_kind = row.few_seeds ? record::IntervalKind::few_seeds : record::IntervalKind::t;
}

/// The median by Kaplan and Meier. Its interval is by order statistics if all runs reached the target, else by
/// Brookmeyer and Crowley; with too few runs both ends are unknown.
void median_of(const SeriesRuns& runs, record::Convergence& row) {
  const stats::KaplanMeier estimate = stats::kaplan_meier(runs.runs);
  row.median_steps = estimate.median;
  row.restricted_mean_steps = estimate.restricted_mean;
  if (!estimate.median_interval || row.runs < 2 || row.deterministic) return;
  row.median_status = record::IntervalStatus::open;
  if (row.runs < kFewForMedian) return;
  if (row.reached == row.runs) {
    std::vector<double> steps;
    for (const stats::Duration& run : runs.runs) steps.push_back(run.time);
    std::sort(steps.begin(), steps.end());
    const auto interval = stats::median_interval(steps);
    row.median_low = interval->low, row.median_high = interval->high;
    row.median_status = record::IntervalStatus::ok;
    return;
  }
  row.median_low = estimate.median_interval->low;
  row.median_high = estimate.median_interval->high;
  row.median_status = row.median_low && row.median_high ? record::IntervalStatus::ok : record::IntervalStatus::open;
}

/// The step at which the mean curve over seeds crosses the target, or the reason why there is none.
void curve_of(const record::Report& report, const record::Series& series, const record::Workload& workload,
              const Target& target, record::Convergence& row) {
  row.curve_status = row.diverged > 0 ? record::CurveStatus::diverged : record::CurveStatus::not_reached;
  const auto passage = mean_curve_passage(report, series, workload, target);
  if (!passage) return;
  row.curve_status = passage->extrapolated ? record::CurveStatus::extrapolated : record::CurveStatus::ok;
  row.curve_steps = passage->step;
  row.bracket_low = passage->low;
  row.bracket_high = passage->high;
}

/// The accuracy that an accuracy target requires, and its standard error.
void tell_accuracy(const record::Report& report, const record::Workload& workload, const Target& target,
                   record::Convergence& row) {
  const std::optional<double> level = level_of(workload, target);
  if (target.kind != record::TargetKind::accuracy || !level) return;
  const double p = 1 - *level;
  row.target_accuracy = p;
  for (const record::DatasetRecord& data : report.datasets)
    if (data.id == workload.dataset && data.validation_n > 0 && p >= 0 && p <= 1)
      row.target_accuracy_error = std::sqrt(p * (1 - p) / static_cast<double>(data.validation_n));
}

record::Convergence describe(const record::Report& report, const record::Series& series,
                             const record::Workload& workload, const Target& target) {
  record::Convergence row;
  row.series = series.id;
  row.target_kind = target.kind;
  row.target_value = target.value;
  row.tuned_for = series.tuned_for;
  row.uncertified = !certified_for(report, series, workload, target);
  row.deterministic = !series.stochastic;
  tell_accuracy(report, workload, target, row);
  const SeriesRuns runs = runs_to_target(report, series, workload, target);
  row.runs = static_cast<int>(runs.runs.size());
  row.diverged = runs.diverged;
  for (const stats::Duration& run : runs.runs) row.reached += run.reached;
  for (const stats::Duration& run : runs.first_dips) row.first_passage_reached += run.reached;
  row.status = runs.runs.empty()                 ? record::PassageStatus::not_run
               : lacks_optimum(workload, target) ? record::PassageStatus::no_optimum
               : runs.unknown > 0                ? record::PassageStatus::stopped_before
               : row.reached == 0                ? record::PassageStatus::censored
                                                 : record::PassageStatus::ok;
  const bool at_start = std::all_of(runs.runs.begin(), runs.runs.end(),
                                    [](const stats::Duration& run) { return run.reached && run.time <= 0; });
  if (row.status == record::PassageStatus::ok && at_start) {  // nothing to compare: no step was needed
    row.status = record::PassageStatus::at_start;
    row.ert_steps = 0;
    return row;
  }
  // If runs stopped before they could reach this target, no figures are given.
  if (row.status != record::PassageStatus::censored && row.status != record::PassageStatus::ok) return row;

  row.ert_steps = stats::expected_running_time(runs.runs);
  row.first_passage_steps = stats::expected_running_time(runs.first_dips);
  if (row.status == record::PassageStatus::censored) {
    row.ert_at_least = 0;
    for (const stats::Duration& run : runs.runs) *row.ert_at_least += run.time;
  }
  median_of(runs, row);
  if (row.deterministic)
    row.interval_kind = record::IntervalKind::deterministic;
  else if (row.ert_steps)
    mean_interval(series, runs, row);
  curve_of(report, series, workload, target, row);
  if (row.ert_steps) {
    row.examples = *row.ert_steps * series.rows_per_step;
    if (const std::int64_t n = rows_of(report, workload); n > 0) row.epochs = *row.examples / static_cast<double>(n);
  }
  add_signal(report, series, workload, target, row);
  add_rate(report, series, workload, row);
  if (series.full_batch && series.plain_step) add_theory_rate(series, workload, row);
  if (row.deterministic) add_tail_ratio(report, series, workload, row);
  return row;
}

}  // namespace

void derive_convergence(record::Report& report) {
  report.convergence.clear();
  for (const record::Series& series : report.series) {
    const record::Workload* const workload = find_workload(report, series.workload);
    if (workload == nullptr) continue;
    for (const Target& target : report.targets) {
      if (target.kind == record::TargetKind::accuracy && !workload->optimum_validation_accuracy) continue;
      report.convergence.push_back(describe(report, series, *workload, target));
    }
  }
  pool_steps_errors(report);
}

}  // namespace descent::analysis
