#include "analysis/batch_points.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "analysis/steps_error.hpp"
#include "analysis/tables.hpp"
#include "analysis/times.hpp"

namespace descent::analysis {
namespace {

/// Were the runs of this row not made, or did they end before they could reach the target?
bool says_nothing(const record::Convergence& row) {
  return row.status == record::PassageStatus::not_run || row.status == record::PassageStatus::stopped_before;
}

/// The reason why a batch has no expected steps.
std::string left_out_of(const record::Convergence& row) {
  if (says_nothing(row) || row.status == record::PassageStatus::at_start) return record::to_text(row.status);
  if (row.ert_steps) return *row.ert_steps > 0 ? "" : "at_start";
  return row.diverged > 0 ? "diverged" : "not_reached";
}

}  // namespace

std::vector<std::string> stochastic_optimizers(const record::Report& report, const record::Workload& workload) {
  std::vector<std::string> names;
  for (const record::Series& series : report.series)
    if (series.workload == workload.id && series.stochastic &&
        std::find(names.begin(), names.end(), series.optimizer) == names.end())
      names.push_back(series.optimizer);
  return names;
}

std::vector<BatchPoint> points_of(const record::Report& report, const record::Workload& workload,
                                  const std::string& optimizer, const Target& target, record::RateRule rule) {
  const auto away = [&](const record::Series& series, const std::string& left_out) {
    return std::pair(left_out == "not_run" || left_out == "stopped_before", tuned_away(series, target));
  };
  std::map<std::int64_t, BatchPoint> points;
  for (const record::Convergence& row : report.convergence) {
    const record::Series* const series = find_series(report, row.series);
    if (series == nullptr || series->workload != workload.id || series->optimizer != optimizer || series->full_batch ||
        series->lr_rule != rule || row.target_kind != target.kind || row.target_value != target.value)
      continue;
    const std::string left_out = left_out_of(row);
    if (const auto other = points.find(series->batch);
        other != points.end() && away(*other->second.series, other->second.left_out) <= away(*series, left_out))
      continue;
    BatchPoint point{series,
                     static_cast<double>(series->batch),
                     row.ert_steps.value_or(0),
                     runs_of(report, *series, workload, target),
                     row.ert_steps,
                     left_out,
                     {}};
    for (const stats::Duration& run : point.runs.runs)
      if (run.reached && run.time > 0) point.log_seeds.push_back(std::log(run.time));
    if (left_out == "not_reached")
      for (const stats::Duration& run : point.runs.runs) point.steps = std::max(point.steps, run.time);
    points.insert_or_assign(series->batch, std::move(point));
  }
  std::vector<BatchPoint> result;
  for (auto& [batch, point] : points) result.push_back(std::move(point));
  return result;
}

record::EndsStatus ends_status(const record::Real& low, const record::Real& high) {
  using record::EndsStatus;
  return low && high ? EndsStatus::ok : low ? EndsStatus::open_above : high ? EndsStatus::open_below : EndsStatus::open;
}

double drawn_shift(const BatchPoint& point, core::CounterRandom& random) {
  return point.expected ? std::log(draw_steps(random, point.runs, *point.expected) / *point.expected) : 0;
}

const record::TimeToTarget* fastest_step(const record::Report& report, const record::Series& series,
                                         const Target& target, std::optional<int> threads) {
  const std::string engine = trajectory_engine(report);
  const record::TimeToTarget *own = nullptr, *any = nullptr;
  for (const record::TimeToTarget& row : report.time_to_target) {
    if (row.series != series.id || row.target_kind != target.kind || row.target_value != target.value ||
        !row.seconds_per_step)
      continue;
    const record::Cell& cell = *find_cell(report, row.cell);
    if ((threads && cell.threads != *threads) || !counts(report, cell, row.oversubscribed)) continue;
    if (any == nullptr || *row.seconds_per_step < *any->seconds_per_step) any = &row;
    if (cell.engine == engine && (own == nullptr || *row.seconds_per_step < *own->seconds_per_step)) own = &row;
  }
  return own != nullptr ? own : any;
}

}  // namespace descent::analysis
