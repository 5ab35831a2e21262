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
constexpr double kPerfect = 0.9, kMaximal = 0.1;

struct Point {
  const Series* series;
  double batch, steps;
  std::vector<double> seeds;  // steps of the single runs, all of which reached
};

std::vector<Point> points_of(const Report& report, const Workload& workload, const Target& target,
                             const std::string& rule) {
  std::vector<Point> points;
  for (const Convergence& row : report.convergence) {
    const Series* const series = find_series(report, row.series);
    if (series == nullptr || series->workload != workload.id || series->optimizer != "sgd" || series->lr_rule != rule ||
        row.target_kind != target.kind || row.target_value != target.value || !row.curve_steps ||
        !(*row.curve_steps > 0))
      continue;
    Point point{series, static_cast<double>(series->batch), *row.curve_steps, {}};
    for (const stats::Duration& run : runs_to_target(report, *series, workload, target).runs)
      if (run.reached && run.time > 0) point.seeds.push_back(run.time);
    points.push_back(std::move(point));
  }
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.batch < b.batch; });
  return points;
}

/// One replicate of S(B): each batch's steps move by what its seeds scatter, and by a residual between batches.
std::vector<stats::StepsAtBatch> replicate(const std::vector<Point>& points, const std::vector<double>& residuals,
                                           CounterRandom& random) {
  std::vector<stats::StepsAtBatch> result;
  for (const Point& point : points) {
    double shift = residuals.empty() ? 0 : residuals[random.next_below(static_cast<std::uint32_t>(residuals.size()))];
    if (point.seeds.size() > 1) {
      double drawn = 0, all = 0;
      for (const std::size_t i : stats::resample(random, point.seeds.size())) drawn += std::log(point.seeds[i]);
      for (const double steps : point.seeds) all += std::log(steps);
      shift += (drawn - all) / static_cast<double>(point.seeds.size());
    }
    result.push_back({point.batch, point.steps * std::exp(shift)});
  }
  return result;
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
  if (fit) residuals = fit->residuals;
  const std::uint64_t seed = seed_of(workload.id + target.kind + std::to_string(target.value) + rule);
  // Seeds alone give too narrow an interval: what the batches scatter about the fit is added.
  if (half.batch) {
    const auto interval = stats::bootstrap(seed, kReplicates, [&](CounterRandom& random) {
      return stats::half_efficiency_batch(replicate(points, residuals, random)).batch;
    });
    if (interval) row.half_low = interval->low, row.half_high = interval->high;
  }
  row.fit_status = "too_few";
  if (!fit) return row;
  row.s_min = fit->s_min;
  row.b_crit = fit->b_crit;
  row.fit_status = fit->b_crit > curve.back().batch ? "beyond_range" : "ok";
  std::vector<std::vector<double>> logs;
  for (const Point& point : points) {
    logs.emplace_back();
    for (const double steps : point.seeds) logs.back().push_back(std::log(steps));
  }
  row.lack_of_fit_p = stats::lack_of_fit_p(*fit, logs);
  if (row.lack_of_fit_p && *row.lack_of_fit_p < 0.05) row.fit_status = "lack_of_fit";
  const auto interval = stats::bootstrap(seed + 1, kReplicates, [&](CounterRandom& random) -> std::optional<double> {
    const auto again = stats::fit_returns(replicate(points, residuals, random));
    if (!again) return {};
    return again->b_crit;
  });
  if (interval) row.b_crit_low = interval->low, row.b_crit_high = interval->high;

  // t_step = t₀ + c·B at the most threads timed: B* = √(B_crit t₀/c).
  std::vector<double> batches, seconds;
  for (const Throughput& timing : report.throughput) row.best_threads = std::max(row.best_threads, timing.threads);
  for (const Point& point : points)
    for (const Throughput& timing : report.throughput)
      if (timing.series == point.series->id && timing.threads == row.best_threads && timing.seconds_per_step) {
        batches.push_back(point.batch), seconds.push_back(*timing.seconds_per_step);
        break;
      }
  if (const auto line = stats::fit_step_time(batches, seconds); line && line->fixed > 0 && line->per_row > 0)
    row.best_batch_model = std::sqrt(fit->b_crit * line->fixed / line->per_row);
  return row;
}

Real best_seconds(const Report& report, const std::string& series) {
  Real best;
  for (const Throughput& row : report.throughput)
    if (row.series == series && row.seconds_per_step && (!best || *row.seconds_per_step < *best))
      best = row.seconds_per_step;
  return best;
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
  if (at.seeds.size() > 1 && twice.seeds.size() > 1) {
    const auto interval = stats::bootstrap(seed_of(at.series->id + twice.series->id), kReplicates,
                                           [&](CounterRandom& random) -> std::optional<double> {
                                             const auto drawn = replicate(pair, {}, random);
                                             return drawn[0].steps / drawn[1].steps;
                                           });
    if (interval) row.step_gain_low = interval->low, row.step_gain_high = interval->high;
  }
  const Real before = best_seconds(report, at.series->id), after = best_seconds(report, twice.series->id);
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
      // The headline uses the tuned rates; without a search, what there is.
      for (const std::string rule : {"tuned", "theory", "fixed"}) {
        const std::vector<Point> points = points_of(report, workload, target, rule);
        if (points.empty()) continue;
        report.returns.push_back(describe(report, workload, target, rule, points));
        for (std::size_t i = 0; i + 1 < points.size(); ++i)
          for (std::size_t j = i + 1; j < points.size(); ++j)
            if (points[j].batch == 2 * points[i].batch)
              report.doublings.push_back(describe(report, workload, target, points[i], points[j]));
        break;
      }
    }
}

}  // namespace descent
