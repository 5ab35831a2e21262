#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/passage.hpp"
#include "analysis/tables.hpp"
#include "analysis/times.hpp"
#include "descent/stats/interval.hpp"
#include "descent/stats/returns_fit.hpp"
#include "descent/stats/summary.hpp"

namespace descent {
namespace {

constexpr int kReplicates = 1000;
constexpr double kOpen = 1e300;  // stands for a batch beyond all that were tried
constexpr double kSight = 100;   // times the largest batch: as far as a floor can be told
constexpr double kPerfect = 0.9, kMaximal = 0.1;

struct Point {
  const Series* series;
  double batch, steps;
  std::vector<double> log_seeds;  // ln steps of the single runs that reached
};

/// How far from the target the rate was tuned, in ln: of two series of one batch the nearer one counts. Untuned series
/// are all alike.
double away(const Series& series, const Target& target) {
  if (!series.tuned_for || !(*series.tuned_for > 0) || !(target.value > 0) || target.kind == "accuracy") return 0;
  return std::abs(std::log(*series.tuned_for / target.value));
}

/// S(B) of one workload, target and rule by batch, one point a batch.
std::vector<Point> points_of(const Report& report, const Workload& workload, const Target& target,
                             const std::string& rule) {
  std::map<std::int64_t, Point> points;
  for (const Convergence& row : report.convergence) {
    const Series* const series = find_series(report, row.series);
    if (series == nullptr || series->workload != workload.id || series->optimizer != "sgd" || series->lr_rule != rule ||
        row.target_kind != target.kind || row.target_value != target.value || !row.curve_steps ||
        !(*row.curve_steps > 0))
      continue;
    if (const auto other = points.find(series->batch);
        other != points.end() && away(*other->second.series, target) <= away(*series, target))
      continue;
    Point point{series, static_cast<double>(series->batch), *row.curve_steps, {}};
    for (const stats::Duration& run : runs_to_target(report, *series, workload, target).runs)
      if (run.reached && run.time > 0) point.log_seeds.push_back(std::log(run.time));
    points.insert_or_assign(series->batch, std::move(point));
  }
  std::vector<Point> result;
  for (auto& [batch, point] : points) result.push_back(std::move(point));
  return result;
}

/// One draw of S(B): each batch's steps move by what its seeds leave open, and by a residual between batches.
std::vector<stats::StepsAtBatch> replicate(const std::vector<Point>& points, const std::vector<double>& residuals,
                                           CounterRandom& random) {
  std::vector<stats::StepsAtBatch> result;
  for (const Point& point : points) {
    double shift = residuals.empty() ? 0 : residuals[random.next_below(static_cast<std::uint32_t>(residuals.size()))];
    if (point.log_seeds.size() > 1) shift += stats::draw_mean(random, point.log_seeds) - stats::mean(point.log_seeds);
    result.push_back({point.batch, point.steps * std::exp(shift)});
  }
  return result;
}

/// Throughput of a series by the engine that trained it, or, without one, by any.
Real step_seconds(const Report& report, const std::string& series, std::optional<int> threads) {
  const auto engine = report.context.arithmetic.find("engine");
  Real own, any;
  for (const Throughput& row : report.throughput) {
    if (row.series != series || !row.seconds_per_step || (threads && row.threads != *threads)) continue;
    if (!any || *row.seconds_per_step < *any) any = row.seconds_per_step;
    if (engine != report.context.arithmetic.end() && row.engine == engine->second &&
        (!own || *row.seconds_per_step < *own))
      own = row.seconds_per_step;
  }
  return own ? own : any;
}

Returns describe(const Report& report, const Workload& workload, const Target& target, const std::string& rule,
                 const std::vector<Point>& points) {
  Returns row;
  row.workload = workload.id;
  row.target_kind = target.kind;
  row.target_value = target.value;
  row.lr_rule = rule;
  std::vector<stats::StepsAtBatch> curve;
  for (const Point& point : points) curve.push_back({point.batch, point.steps});
  const stats::HalfEfficiency half = stats::half_efficiency_batch(curve);
  row.half_status = half.status;
  row.half_efficiency_batch = half.batch;
  const std::optional<stats::ReturnsFit> fit = stats::fit_returns(curve);
  std::vector<double> residuals;
  if (fit && points.size() > 2) {
    residuals = fit->residuals;  // two parameters took part of the scatter with them
    for (double& residual : residuals)
      residual *= std::sqrt(static_cast<double>(points.size()) / static_cast<double>(points.size() - 2));
  }
  const std::uint64_t seed = seed_of(workload.id + target.kind + std::to_string(target.value) + rule);
  // Seeds alone give too narrow an interval: what the batches scatter about the fit is added.
  if (half.batch) {
    const auto interval = stats::bootstrap(seed, kReplicates, [&](CounterRandom& random) -> std::optional<double> {
      const auto drawn = stats::half_efficiency_batch(replicate(points, residuals, random));
      return drawn.batch ? *drawn.batch : drawn.status == "below_range" ? 0 : kOpen;
    });
    // An end that may lie outside the batches tried stays open.
    if (interval && interval->low >= curve.front().batch) row.half_low = interval->low;
    if (interval && interval->high <= curve.back().batch) row.half_high = interval->high;
  }
  row.fit_status = "too_few";
  if (!fit) return row;
  row.s_min = fit->s_min;
  const double most = kSight * curve.back().batch;
  if (fit->b_crit <= most) row.b_crit = fit->b_crit;  // beyond that, S ∝ 1/B throughout: no floor was seen
  row.fit_status = fit->b_crit > curve.back().batch ? "beyond_range" : "ok";
  std::vector<std::vector<double>> logs;
  for (const Point& point : points) logs.push_back(point.log_seeds);
  row.lack_of_fit_p = stats::lack_of_fit_p(*fit, logs);
  if (row.lack_of_fit_p && *row.lack_of_fit_p < 0.05) row.fit_status = "lack_of_fit";
  const auto interval = stats::bootstrap(seed + 1, kReplicates, [&](CounterRandom& random) -> std::optional<double> {
    const auto again = stats::fit_returns(replicate(points, residuals, random));
    if (!again) return {};
    return again->b_crit;
  });
  if (interval && interval->low <= most) row.b_crit_low = interval->low;
  if (interval && interval->high <= most) row.b_crit_high = interval->high;

  // t_step = t₀ + c·B at the most threads timed: B* = √(B_crit t₀/c).
  std::vector<double> batches, seconds;
  for (const Throughput& timing : report.throughput) row.best_threads = std::max(row.best_threads, timing.threads);
  for (const Point& point : points)
    if (const Real step = step_seconds(report, point.series->id, row.best_threads))
      batches.push_back(point.batch), seconds.push_back(*step);
  if (const auto line = stats::fit_step_time(batches, seconds);
      row.b_crit && line && line->fixed > 0 && line->per_row > 0)
    row.best_batch_model = std::sqrt(fit->b_crit * line->fixed / line->per_row);
  return row;
}

Doubling describe(const Report& report, const Workload& workload, const Target& target, const Point& at,
                  const Point& twice) {
  Doubling row;
  row.workload = workload.id;
  row.target_kind = target.kind;
  row.target_value = target.value;
  row.batch = at.series->batch;
  row.step_gain = at.steps / twice.steps;
  row.efficiency = std::log2(*row.step_gain);
  row.regime = *row.efficiency >= kPerfect ? "perfect" : *row.efficiency <= kMaximal ? "maximal" : "diminishing";
  const std::vector<Point> pair{at, twice};
  if (at.log_seeds.size() > 1 && twice.log_seeds.size() > 1) {
    const auto interval = stats::bootstrap(seed_of(at.series->id + twice.series->id), kReplicates,
                                           [&](CounterRandom& random) -> std::optional<double> {
                                             const auto drawn = replicate(pair, {}, random);
                                             return drawn[0].steps / drawn[1].steps;
                                           });
    if (interval) row.step_gain_low = interval->low, row.step_gain_high = interval->high;
  }
  const Real before = step_seconds(report, at.series->id, {}), after = step_seconds(report, twice.series->id, {});
  if (before && after) row.time_gain = *row.step_gain * *before / *after;
  // The noise of a mini-batch gradient is √(c_B trΣ); c_B depends on how batches are drawn.
  const std::int64_t n = rows_of(report, workload);
  const double small = std::sqrt(variance_factor(at.series->sampling, n, at.series->batch));
  const double large = std::sqrt(variance_factor(twice.series->sampling, n, twice.series->batch));
  row.noise_gain_absolute = small - large;
  if (small > 0) row.noise_gain_relative = 1 - large / small;
  return row;
}

}  // namespace

void derive_returns(Report& report) {
  report.returns.clear();
  report.doublings.clear();
  for (const Workload& workload : report.workloads)
    for (const Target& target : targets_of(report)) {
      // The headline uses the tuned rates, or, without a search, what there is; untuned rules follow for comparison.
      bool headline = true;
      for (const std::string rule : {"tuned", "theory", "fixed", "linear", "sqrt"}) {
        const std::vector<Point> points = points_of(report, workload, target, rule);
        if (points.empty()) continue;
        report.returns.push_back(describe(report, workload, target, rule, points));
        for (std::size_t i = 0; i + 1 < points.size() && headline; ++i)
          for (std::size_t j = i + 1; j < points.size(); ++j)
            if (points[j].batch == 2 * points[i].batch)
              report.doublings.push_back(describe(report, workload, target, points[i], points[j]));
        headline = false;
      }
    }
}

}  // namespace descent
