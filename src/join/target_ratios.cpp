#include <algorithm>
#include <cmath>

#include "descent/analysis/process_seconds.hpp"
#include "descent/record/find.hpp"
#include "join/comparing.hpp"

namespace descent::join {
namespace {

const record::TimeToTarget* time_of(const record::Report& report, const record::TimeToTarget& like) {
  for (const record::TimeToTarget& row : report.time_to_target)
    if (row.series == like.series && row.cell == like.cell && row.target_kind == like.target_kind &&
        row.target_value == like.target_value)
      return &row;
  return nullptr;
}

const record::Convergence* steps_of(const record::Report& report, const record::TimeToTarget& like) {
  for (const record::Convergence& row : report.convergence)
    if (row.series == like.series && row.target_kind == like.target_kind && row.target_value == like.target_value)
      return &row;
  return nullptr;
}

/// The distances from ln of a figure to the ends of its interval; empty if that end is open.
struct LogEnds {
  Real down, up;
};
LogEnds log_ends(const Real& value, const Real& low, const Real& high) {
  LogEnds ends;
  if (value && low && *low > 0) ends.down = std::log(*value / *low);
  if (value && high) ends.up = std::log(*high / *value);
  return ends;
}

/// A ratio of independent figures: the distances to their ends add as squares.
void set_interval(double ratio, const LogEnds& over, const LogEnds& under, Real& low, Real& high) {
  if (over.down && under.up) low = ratio * std::exp(-std::hypot(*over.down, *under.up));
  if (over.up && under.down) high = ratio * std::exp(std::hypot(*over.up, *under.down));
}

std::vector<double> logs_of(const std::vector<analysis::ProcessSeconds>& processes) {
  std::vector<double> logs;
  for (const analysis::ProcessSeconds& process : processes) logs.push_back(std::log(process.seconds));
  return logs;
}

}  // namespace

std::vector<TargetRatio> compare_targets(const record::Report& base, const record::Report& found,
                                         const std::vector<TimedCell>& timed, const Comparison& comparison) {
  const bool accuracies = std::none_of(comparison.differences.begin(), comparison.differences.end(),
                                       [](const Difference& d) { return d.kind == Fingerprint::data; });
  std::vector<TargetRatio> targets;
  for (const record::TimeToTarget& row : base.time_to_target) {
    const record::TimeToTarget* const other = time_of(found, row);
    const auto cell =
        std::find_if(timed.begin(), timed.end(), [&](const TimedCell& one) { return one.cell->id == row.cell; });
    const record::Series* const series = record::find_series(base, row.series);
    if (other == nullptr || cell == timed.end() || series == nullptr || !row.seconds || !other->seconds) continue;
    if (row.target_kind == record::TargetKind::accuracy && !accuracies) continue;
    const analysis::SecondsOfBoth seconds = analysis::process_seconds(
        base, found, *series, *cell->cell, record::Target{row.target_kind, row.target_value, false});
    if (seconds.base.empty() || seconds.found.empty()) continue;
    TargetRatio target;
    target.series = row.series, target.cell = row.cell, target.workload = series->workload;
    if (const record::Workload* const workload = record::find_workload(base, series->workload))
      target.loss = workload->loss;
    target.name = record::cell_name(base, *cell->cell);
    target.target_kind = row.target_kind, target.target_value = row.target_value;
    target.base_seconds = row.seconds, target.new_seconds = other->seconds;
    const LogRatio steps_seconds = log_ratio({logs_of(seconds.base), logs_of(seconds.found)});
    target.step_seconds_ratio = std::exp(steps_seconds.centre);
    target.steps_ratio = *row.steps / *other->steps;
    target.ratio = *target.steps_ratio * *target.step_seconds_ratio;
    target.steps =
        comparison.same_arithmetic && *row.steps == *other->steps ? StepsVerdict::equal : StepsVerdict::within;
    LogEnds of_seconds, of_base, of_found{0.0, 0.0};
    if (steps_seconds.interval) {
      of_seconds.down = steps_seconds.centre - steps_seconds.interval->low;
      of_seconds.up = steps_seconds.interval->high - steps_seconds.centre;
    }
    if (target.steps != StepsVerdict::equal) {
      const record::Convergence *a = steps_of(base, row), *b = steps_of(found, *other);
      if (a != nullptr && !a->deterministic) of_base = log_ends(a->ert_steps, a->mean_low, a->mean_high);
      if (b != nullptr && !b->deterministic) of_found = log_ends(b->ert_steps, b->mean_low, b->mean_high);
      if (a != nullptr && a->deterministic) of_base = {0.0, 0.0};
    } else {
      of_base = {0.0, 0.0};
    }
    Real low, high;
    set_interval(1, of_base, of_found, low, high);
    if (low && of_seconds.down) target.low = *target.ratio * std::exp(-std::hypot(std::log(*low), *of_seconds.down));
    if (high && of_seconds.up) target.high = *target.ratio * std::exp(std::hypot(std::log(*high), *of_seconds.up));
    targets.push_back(target);
  }
  return targets;
}

std::vector<BestRatio> compare_best(const record::Report& base, const record::Report& found,
                                    const std::vector<TargetRatio>& targets) {
  std::vector<BestRatio> best;
  const auto name_of = [](const record::Report& report, const std::string& id) {
    const record::Cell* const cell = record::find_cell(report, id);
    return cell == nullptr ? id : record::cell_name(report, *cell);
  };
  for (const record::Summary& a : base.summary)
    for (const record::Summary& b : found.summary) {
      if (a.workload != b.workload || a.target_kind != b.target_kind || a.target_value != b.target_value ||
          !a.best_seconds || !b.best_seconds)
        continue;
      BestRatio row;
      row.workload = a.workload;
      if (const record::Workload* const workload = record::find_workload(base, a.workload)) row.loss = workload->loss;
      row.target_kind = a.target_kind, row.target_value = a.target_value;
      row.base_cell = name_of(base, a.best_cell), row.new_cell = name_of(found, b.best_cell);
      row.base_seconds = a.best_seconds, row.base_low = a.low, row.base_high = a.high;
      row.new_seconds = b.best_seconds, row.new_low = b.low, row.new_high = b.high;
      row.ratio = *a.best_seconds / *b.best_seconds;
      const auto same = std::find_if(targets.begin(), targets.end(), [&](const TargetRatio& target) {
        return a.best_cell == b.best_cell && a.best_series == b.best_series && target.series == a.best_series &&
               target.cell == a.best_cell && target.target_kind == a.target_kind &&
               target.target_value == a.target_value;
      });
      if (same != targets.end())
        row.ratio = same->ratio, row.low = same->low, row.high = same->high;
      else
        set_interval(*row.ratio, log_ends(a.best_seconds, a.low, a.high), log_ends(b.best_seconds, b.low, b.high),
                     row.low, row.high);
      best.push_back(row);
    }
  return best;
}

}  // namespace descent::join
