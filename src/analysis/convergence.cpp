#include <cmath>

#include "analysis/passage.hpp"
#include "analysis/rate.hpp"
#include "analysis/tables.hpp"
#include "descent/stats/interval.hpp"
#include "descent/stats/summary.hpp"

namespace descent {
namespace {

constexpr int kFewSeeds = 20;
constexpr double kGapShare = 1e-3;  // of a target's own gap that the optimum's may be

bool certified_for(const Workload& workload, const Target& target) {
  if (target.kind == "accuracy") return true;
  return workload.optimum_kind == "certified" && workload.optimum_gap && workload.optimum_value &&
         *workload.optimum_gap <= kGapShare * target.value * (workload.f0 - *workload.optimum_value);
}

/// Interval of the mean steps: by t on ln steps, moved to the mean.
void mean_interval(const SeriesRuns& runs, Convergence& row) {
  std::vector<double> logs;
  for (const stats::Duration& run : runs.runs)
    if (run.reached && run.time > 0) logs.push_back(std::log(run.time));
  if (logs.size() != runs.runs.size()) return;  // a censored run has no place in a mean
  const auto interval = stats::t_interval(logs);
  if (!interval) return;
  const double shift = *row.ert_steps / std::exp(stats::mean(logs));
  row.mean_low = shift * std::exp(interval->low);
  row.mean_high = shift * std::exp(interval->high);
  row.interval_kind = static_cast<int>(logs.size()) < kFewSeeds ? "few_seeds" : "t";
}

/// GD's measured tail ratio of successive gaps, per step, from the last two grid points above rounding.
Real tail_ratio(const Report& report, const Series& series, const Workload& workload) {
  if (!workload.optimum_value) return {};
  for (const Trajectory& run : report.trajectories) {
    if (run.series != series.id) continue;
    const double floor = 1e-12 * std::abs(*workload.optimum_value) + 10 * workload.optimum_gap.value_or(0);
    for (std::size_t i = run.curve.loss.size(); i-- > 1;) {
      const Real &before = run.curve.loss[i - 1], &after = run.curve.loss[i];
      if (!before || !after || *after - *workload.optimum_value <= floor || *before <= *after) continue;
      const auto steps = static_cast<double>(run.curve.step[i] - run.curve.step[i - 1]);
      return std::pow((*after - *workload.optimum_value) / (*before - *workload.optimum_value), 1 / steps);
    }
  }
  return {};
}

Convergence describe(const Report& report, const Series& series, const Workload& workload, const Target& target) {
  Convergence row;
  row.series = series.id;
  row.target_kind = target.kind;
  row.target_value = target.value;
  row.tuned_for = series.tuned_for;
  row.uncertified = !certified_for(workload, target);
  row.deterministic = series.optimizer == "gd";
  row.interval_kind = "none";
  row.rate_status = "none";
  const SeriesRuns runs = runs_to_target(report, series, workload, target);
  row.runs = static_cast<int>(runs.runs.size());
  row.diverged = runs.diverged;
  for (const stats::Duration& run : runs.runs) row.reached += run.reached;
  if (runs.runs.empty()) return row;
  // Their steps would pass for a failure that nobody saw: no figure is better than that one.
  if (runs.unknown > 0) return row;

  row.ert_steps = stats::expected_running_time(runs.runs);
  const stats::KaplanMeier estimate = stats::kaplan_meier(runs.runs);
  row.median_steps = estimate.median;
  if (estimate.median_interval && row.runs > 1) {
    row.median_low = estimate.median_interval->low;
    row.median_high = estimate.median_interval->high;
  }
  row.restricted_mean_steps = estimate.restricted_mean;
  if (row.deterministic)
    row.interval_kind = "deterministic";
  else if (row.ert_steps)
    mean_interval(runs, row);
  if (const auto passage = mean_curve_passage(report, series, workload, target)) {
    row.curve_steps = passage->step;
    row.bracket_low = passage->low;
    row.bracket_high = passage->high;
  }
  for (const Trajectory& run : report.trajectories)
    if (run.series == series.id && row.ert_steps && run.steps > 0 && !run.curve.epoch.empty()) {
      const auto last = static_cast<double>(run.curve.step.back());
      if (last > 0) row.epochs = *row.ert_steps * run.curve.epoch.back() / last;
      break;
    }
  if (row.ert_steps) row.examples = *row.ert_steps * static_cast<double>(series.batch);
  add_rate(report, series, workload, row);
  if (row.deterministic) {
    if (workload.smoothness && *workload.smoothness > 0 && workload.smooth && workload.convex)
      row.theory_rate = 1 - workload.l2 / *workload.smoothness;
    row.tail_ratio = tail_ratio(report, series, workload);
  }
  return row;
}

}  // namespace

void derive_convergence(Report& report) {
  report.convergence.clear();
  for (const Series& series : report.series) {
    const Workload* const workload = find_workload(report, series.workload);
    if (workload == nullptr) continue;
    for (const Target& target : targets_of(report)) {
      if (target.kind == "accuracy" && !workload->optimum_validation_accuracy) continue;
      report.convergence.push_back(describe(report, series, *workload, target));
    }
  }
}

}  // namespace descent
