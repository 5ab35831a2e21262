#include "descent/stats/escape.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/passage.hpp"
#include "analysis/tables.hpp"
#include "descent/stats/line_fit.hpp"

namespace descent::analysis {
namespace {

constexpr int kFewForMedian = 6;   // as for other targets: with fewer runs the median's interval has no ends
constexpr int kFewestBatches = 3;  // batch sizes for a law: two points are always on a line

/// The least value of a column before its first absent value; empty if there is none.
record::Real least_of(const std::vector<record::Real>& column) {
  record::Real least;
  for (const record::Real& value : column) {
    if (!value) break;
    if (!least || *value < *least) least = value;
  }
  return least;
}

/// Predicts the median for plain steps at a constant rate, on the quadratic that approximates f near the saddle.
void predict(const record::Series& series, const record::Workload& workload, double start, record::Escape& row) {
  if (!series.plain_step) {
    row.predicted_status = record::EscapeTheoryStatus::not_plain;
  } else if (series.schedule != record::RateSchedule::constant) {
    row.predicted_status = record::EscapeTheoryStatus::not_constant_rate;
  } else if (!(workload.saddle_curvature.value_or(0) < 0)) {
    row.predicted_status = record::EscapeTheoryStatus::no_curvature;
  } else {
    const stats::LinearEscape escape{series.chosen_lr, *workload.saddle_curvature, row.noise.value_or(0), start};
    const auto steps = stats::median_escape_steps(escape, row.distance, series.budget_steps);
    row.predicted_status = steps ? record::EscapeTheoryStatus::ok : record::EscapeTheoryStatus::beyond;
    if (steps) row.predicted_steps = static_cast<double>(*steps);
  }
}

record::Escape describe(const record::Report& report, const record::Series& series, const record::Workload& workload,
                        const Target& target) {
  record::Escape row;
  row.series = series.id;
  row.distance = target.value;
  if (workload.saddle_noise)
    row.noise = series.batch > 0 ? *workload.saddle_noise / std::sqrt(static_cast<double>(series.batch)) : 0;
  const SeriesRuns runs = runs_to_target(report, series, workload, target);
  row.runs = static_cast<int>(runs.runs.size());
  row.diverged = runs.diverged;
  for (const stats::Duration& run : runs.runs) row.escaped += run.reached;
  const auto first = std::find_if(report.trajectories.begin(), report.trajectories.end(), [&](const auto& run) {
    return run.series == series.id && !run.curve.escape_distance.empty();
  });
  if (row.runs == 0 || first == report.trajectories.end()) return row;
  row.stuck_share = static_cast<double>(row.runs - row.escaped) / row.runs;
  row.least_curvature_start = first->curve.least_curvature.empty() ? record::Real() : first->curve.least_curvature[0];
  row.least_curvature = least_of(first->curve.least_curvature);
  predict(series, workload, first->curve.escape_distance[0].value_or(0), row);
  for (const stats::SurvivalPoint& point : stats::survival_curve(runs.runs)) {
    row.survival_step.push_back(point.time);
    row.survival_share.push_back(point.share);
  }
  const stats::KaplanMeier estimate = stats::kaplan_meier(runs.runs);
  row.median_steps = estimate.median;
  if (!estimate.median_interval || !series.stochastic) return row;
  row.median_status = record::IntervalStatus::open;
  if (row.runs < kFewForMedian) return row;
  row.median_low = estimate.median_interval->low;
  row.median_high = estimate.median_interval->high;
  if (row.median_low && row.median_high) row.median_status = record::IntervalStatus::ok;
  return row;
}

/// Do both series belong to the same law, that is, differ only in batch size?
bool same_law(const record::Series& a, const record::Series& b) {
  return a.workload == b.workload && a.optimizer == b.optimizer && a.lr_rule == b.lr_rule &&
         a.chosen_lr == b.chosen_lr && !a.full_batch && !b.full_batch;
}

/// A line through the medians of one method's batch sizes at one rate, over log₂ of the batch. The noise falls with the
/// root of the batch size, so a factor of ten in noise is 2 log₂ 10 doublings.
void add_law(const record::Report& report, const record::Workload& workload, const record::Series& first,
             const Target& target, std::vector<record::EscapeLaw>& laws) {
  record::EscapeLaw law;
  law.workload = workload.id, law.optimizer = first.optimizer;
  law.distance = target.value, law.lr = first.chosen_lr;
  std::vector<double> doublings, medians;
  for (const record::Escape& row : report.escapes) {
    const record::Series* const series = find_series(report, row.series);
    if (series == nullptr || !same_law(*series, first) || row.distance != target.value || !row.median_steps) continue;
    doublings.push_back(std::log2(static_cast<double>(series->batch)));
    medians.push_back(*row.median_steps);
  }
  law.batches = static_cast<int>(medians.size());
  if (law.batches < kFewestBatches) return;
  const std::optional<stats::LineFit> line = stats::fit_line(doublings, medians);
  if (!line) return;
  law.steps_per_doubling = line->slope;
  law.steps_per_decade = line->slope * 2 * std::log2(10.0);
  if (first.plain_step && first.schedule == record::RateSchedule::constant &&
      workload.saddle_curvature.value_or(0) < 0) {
    law.predicted_per_doubling = stats::steps_per_factor(first.chosen_lr, *workload.saddle_curvature, std::sqrt(2.0));
    law.predicted_per_decade = stats::steps_per_factor(first.chosen_lr, *workload.saddle_curvature, 10);
  }
  laws.push_back(law);
}

}  // namespace

void derive_escapes(record::Report& report) {
  report.escapes.clear();
  report.escape_laws.clear();
  for (const Target& target : report.targets) {
    if (target.kind != record::TargetKind::escape) continue;
    for (const record::Series& series : report.series)
      if (const record::Workload* const workload = find_workload(report, series.workload); workload != nullptr)
        report.escapes.push_back(describe(report, series, *workload, target));
    for (auto series = report.series.begin(); series != report.series.end(); ++series) {
      const bool told = series->full_batch || std::any_of(report.series.begin(), series, [&](const auto& before) {
                          return same_law(before, *series);
                        });
      const record::Workload* const workload = find_workload(report, series->workload);
      if (!told && workload != nullptr) add_law(report, *workload, *series, target, report.escape_laws);
    }
  }
}

}  // namespace descent::analysis
