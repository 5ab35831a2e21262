#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/batch_points.hpp"
#include "analysis/steps_error.hpp"
#include "analysis/tables.hpp"
#include "analysis/times.hpp"
#include "descent/stats/interval.hpp"
#include "descent/stats/returns_fit.hpp"
#include "descent/stats/summary.hpp"

namespace descent::analysis {
namespace {

constexpr double kOpen = 1e300;
constexpr double kSight = 100;  // times the largest batch: a larger b_crit cannot be determined

/// One draw of S(B): each batch's steps change by a draw of the error due to its seeds, and by a residual between
/// batches. A batch whose resample has no success is left out.
std::vector<stats::StepsAtBatch> replicate(const std::vector<BatchPoint>& points, const std::vector<double>& residuals,
                                           core::CounterRandom& random) {
  std::vector<stats::StepsAtBatch> result;
  for (const BatchPoint& point : points) {
    const double residual =
        residuals.empty() ? 0 : residuals[random.next_below(static_cast<std::uint32_t>(residuals.size()))];
    const double shift = drawn_shift(point, random) + residual;
    if (std::isfinite(shift)) result.push_back({point.batch, point.steps * std::exp(shift)});
  }
  return result;
}

/// The thread count at which some batch comes to the target soonest; 0 where nothing was timed.
int best_threads_of(const record::Report& report, const std::vector<BatchPoint>& points, const Target& target) {
  int best = 0;
  double least = kOpen;
  for (const BatchPoint& point : points)
    if (const record::TimeToTarget* const step = fastest_step(report, *point.series, target, {});
        step != nullptr && point.steps * *step->seconds_per_step < least)
      least = point.steps * *step->seconds_per_step, best = find_cell(report, step->cell)->threads;
  return best;
}

/// B* of t_step = t₀ + c·B at that many threads: √(B_crit t₀/c).
record::Real best_batch_of(const record::Report& report, const std::vector<BatchPoint>& points, const Target& target,
                           int threads, double b_crit) {
  std::vector<double> batches, seconds;
  for (const BatchPoint& point : points)
    if (const record::TimeToTarget* const step = fastest_step(report, *point.series, target, threads))
      batches.push_back(point.batch), seconds.push_back(*step->seconds_per_step);
  const auto line = stats::fit_step_time(batches, seconds);
  if (!line || !(line->fixed > 0) || !(line->per_row > 0)) return {};
  return std::sqrt(b_crit * line->fixed / line->per_row);
}

/// Is the scatter of the steps known for any batch? With single runs alone, an interval would only reflect how well the
/// curve happens to fit.
bool replicated(const std::vector<BatchPoint>& points) {
  return !std::all_of(points.begin(), points.end(),
                      [](const BatchPoint& point) { return one_seed(*point.series, point.runs); });
}

/// Are there too few seeds for their scatter? Then draws about their means are rougher than S(B), and the first
/// doubling that saves less than √2 comes too early. With a deviation of ln steps of 0.4 the interval held the truth in
/// .64 of cases at 3 seeds and in .73 at 5 (bench/coverage).
bool too_noisy(const std::vector<BatchPoint>& points) {
  constexpr std::size_t kEnoughSeeds = 10;
  constexpr double kKnown = 0.1;  // standard error of ln steps
  return std::any_of(points.begin(), points.end(), [](const BatchPoint& point) {
    const std::size_t runs = point.runs.runs.size();
    if (runs < 2 || runs >= kEnoughSeeds) return false;
    return !point.runs.error || point.runs.error->error > kKnown;
  });
}

/// Interval of half_efficiency_batch. Seeds alone would give too narrow an interval, so the scatter of the batches
/// about the fit is added. An end outside the batches tried stays open. If the value is beyond the batches, the lower
/// end is a bound; if below, the upper end.
void half_interval(const std::vector<BatchPoint>& points, const std::vector<double>& residuals, std::uint64_t seed,
                   record::Returns& row) {
  if (!replicated(points)) {
    row.half_interval_status = record::EndsStatus::one_seed;
    return;
  }
  if (too_noisy(points)) {
    row.half_interval_status = record::EndsStatus::open;
    return;
  }
  const double least = points.front().batch, most = points.back().batch;
  const auto interval = stats::open_bootstrap(seed, kGainReplicates, [&](core::CounterRandom& random) {
    const auto drawn = stats::half_efficiency_batch(replicate(points, residuals, random));
    return drawn.batch ? *drawn.batch : drawn.status == stats::HalfEfficiency::Status::below_range ? 0 : HUGE_VAL;
  });
  const bool beyond = row.half_status == record::HalfStatus::beyond_range,
             below = row.half_status == record::HalfStatus::below_range;
  // Doubling from the second-largest batch still saved enough steps.
  const double low = beyond ? std::min(interval.low.value_or(most / 2), most / 2) : interval.low.value_or(most / 2);
  if (low >= least && !below) row.half_low = low;
  if (interval.high && *interval.high <= most && !beyond) row.half_high = std::max(*interval.high, least);
  row.half_interval_status = ends_status(row.half_low, row.half_high);
}

/// The points that are used for S(B); the names of the others go into the row.
std::vector<BatchPoint> used_of(const std::vector<BatchPoint>& tried, record::Returns& row) {
  std::vector<BatchPoint> used;
  for (const BatchPoint& point : tried)
    if (point.left_out.empty()) {
      row.batches_used.push_back(point.series->batch);
      used.push_back(point);
    } else {
      row.batches_left_out.push_back(fmt::format("{}: {}", point.series->batch, point.left_out));
    }
  return used;
}

record::HalfStatus half_status_of(stats::HalfEfficiency::Status status) {
  using enum stats::HalfEfficiency::Status;
  return status == ok             ? record::HalfStatus::ok
         : status == below_range  ? record::HalfStatus::below_range
         : status == beyond_range ? record::HalfStatus::beyond_range
                                  : record::HalfStatus::too_few;
}

/// ln steps spread so that their mean scatters as much as the logarithm of the mean of steps does: see steps_error().
std::vector<double> scattered_as_mean(std::vector<double> logs) {
  if (logs.size() < 2) return logs;
  const auto n = static_cast<double>(logs.size());
  const double variance = stats::variance(logs), centre = stats::mean(logs);
  const double factor = std::sqrt(1 + n * variance / (2 * (n - 1)));
  for (double& value : logs) value = centre + factor * (value - centre);
  return logs;
}

record::Returns describe(const record::Report& report, const record::Workload& workload, const Target& target,
                         record::RateRule rule, const std::vector<BatchPoint>& tried) {
  record::Returns row;
  row.workload = workload.id;
  row.optimizer = tried.front().series->optimizer;
  row.target_kind = target.kind;
  row.target_value = target.value;
  row.lr_rule = rule;
  const std::vector<BatchPoint> points = used_of(tried, row);
  if (points.empty()) {
    const bool ran =
        std::any_of(tried.begin(), tried.end(), [](const BatchPoint& p) { return p.left_out != "not_run"; });
    if (!ran) return row;  // half_status and fit_status say not_run
    row.half_status = record::HalfStatus::not_reached, row.fit_status = record::FitStatus::not_reached;
    return row;
  }
  std::vector<stats::StepsAtBatch> curve;
  for (const BatchPoint& point : points) curve.push_back({point.batch, point.steps});
  const stats::HalfEfficiency half = stats::half_efficiency_batch(curve);
  row.half_status = half_status_of(half.status);
  row.half_efficiency_batch = half.batch;
  const std::optional<stats::ReturnsFit> fit = stats::fit_returns(curve);
  std::vector<double> residuals;
  if (fit && points.size() > 2) {
    residuals = fit->residuals;  // the fit's two parameters absorb part of the scatter
    for (double& residual : residuals)
      residual *= std::sqrt(static_cast<double>(points.size()) / static_cast<double>(points.size() - 2));
  }
  const std::uint64_t seed = seed_of(workload.id + to_text(target.kind) + std::to_string(target.value) + to_text(rule));
  if (row.half_status != record::HalfStatus::too_few) half_interval(points, residuals, seed, row);
  row.best_threads = best_threads_of(report, points, target);
  row.fit_status = record::FitStatus::too_few;
  if (!fit) return row;
  const double most = kSight * curve.back().batch;
  // if b_crit is larger, S ∝ 1/B throughout: no floor was seen
  if (fit->b_crit <= most) row.b_crit = fit->b_crit, row.s_min = fit->s_min;
  row.fit_status = fit->b_crit > curve.back().batch    ? record::FitStatus::beyond_range
                   : fit->b_crit < curve.front().batch ? record::FitStatus::below_range
                   : row.batches_left_out.empty()      ? record::FitStatus::ok
                                                       : record::FitStatus::left_out;
  std::vector<std::vector<double>> logs;
  for (const BatchPoint& point : points) logs.push_back(scattered_as_mean(point.log_seeds));
  row.lack_of_fit_p = stats::lack_of_fit_p(*fit, logs);
  // A fit that does not see its floor, or leaves out batches, keeps that status; p is given besides.
  const bool said = row.fit_status == record::FitStatus::beyond_range || row.fit_status == record::FitStatus::left_out;
  if (!said && row.lack_of_fit_p && *row.lack_of_fit_p < 0.05) row.fit_status = record::FitStatus::lack_of_fit;
  const auto interval =
      stats::bootstrap(seed + 1, kGainReplicates, [&](core::CounterRandom& random) -> std::optional<double> {
        const auto again = stats::fit_returns(replicate(points, residuals, random));
        if (!again) return {};
        return again->b_crit;
      });
  const bool sure = interval && replicated(points);
  if (sure && interval->low <= most) row.b_crit_low = interval->low;
  if (sure && interval->high <= most) row.b_crit_high = interval->high;

  if (row.b_crit) row.best_batch_model = best_batch_of(report, points, target, row.best_threads, fit->b_crit);
  return row;
}

/// The headline uses the tuned rates, or without a search those that exist; untuned rules follow for comparison.
void add_rules(record::Report& report, const record::Workload& workload, const std::string& optimizer,
               const Target& target) {
  bool headline = true;
  std::vector<record::RateRule> rules(kHeadlineRules.begin(), kHeadlineRules.end());
  rules.insert(rules.end(), {record::RateRule::linear, record::RateRule::sqrt});
  for (const record::RateRule rule : rules) {
    const std::vector<BatchPoint> points = points_of(report, workload, optimizer, target, rule);
    if (points.empty()) continue;
    report.returns.push_back(describe(report, workload, target, rule, points));
    for (std::size_t i = 0; i + 1 < points.size() && headline; ++i)
      for (std::size_t j = i + 1; j < points.size(); ++j)
        if (points[j].batch == 2 * points[i].batch && (points[i].left_out.empty() || points[j].left_out.empty()))
          report.doublings.push_back(describe_doubling(report, workload, target, points[i], points[j]));
    headline = false;
  }
}

}  // namespace

void derive_returns(record::Report& report) {
  report.returns.clear();
  report.doublings.clear();
  for (const record::Workload& workload : report.workloads)
    for (const Target& target : report.targets) {
      if (lacks_optimum(workload, target) || target.kind == record::TargetKind::escape) continue;
      for (const std::string& optimizer : stochastic_optimizers(report, workload))
        add_rules(report, workload, optimizer, target);
    }
}

}  // namespace descent::analysis
