#include "analysis/rate.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/passage.hpp"
#include "analysis/tables.hpp"
#include "descent/stats/line_fit.hpp"

namespace descent {
namespace {

constexpr double kFrom = 1e-2, kTo = 1e-8;  // of the starting gap: before it is transient, after it rounding
constexpr std::size_t kLeastPoints = 10;
constexpr double kLinear = 0.95;  // R² under which ln(f − f*) is no line
constexpr int kReplicates = 500;
constexpr double kRounding = 1e-6;  // of f*: f is a mean of terms that float32 scores give to some 17 roundings

/// f − f* below which rounding and the optimum's own error speak.
double rounding_of(const Workload& workload) {
  return kRounding * std::abs(*workload.optimum_value) + 10 * workload.optimum_gap.value_or(0);
}

}  // namespace

void add_rate(const Report& report, const Series& series, const Workload& workload, Convergence& row) {
  row.rate_status = "none";
  if (!workload.optimum_value) return;
  const double optimum = *workload.optimum_value, start = workload.f0 - optimum;
  // Below the floor that the optimum's own error and the noise of a constant rate leave, f − f* says nothing of a rate.
  double floor = rounding_of(workload);
  for (const CurveNoise& noise : report.curve_noise)
    if (noise.series == series.id && noise.floor) floor = std::max(floor, 10 * *noise.floor);
  const std::vector<GridMean> curve = mean_curve_of(report, series, workload, {"suboptimality", 0});
  if (curve.empty()) return;
  std::vector<double> steps, logs;
  for (const GridMean& point : curve)
    if (point.whole && point.y <= kFrom && point.y >= kTo && point.y * start > floor)
      steps.push_back(static_cast<double>(point.step)), logs.push_back(std::log(point.y));
  row.rate_status = "too_few_points";
  if (steps.size() < kLeastPoints) return;
  const auto fit = stats::fit_line(steps, logs);
  if (!fit) return;
  row.rate_r_squared = fit->r_squared;
  row.rate_status = "not_linear";
  if (fit->r_squared < kLinear || fit->slope >= 0) return;
  row.rate = std::exp(fit->slope);
  row.rate_status = "ok";
  if (const auto interval = stats::slope_interval(seed_of(series.id + "rate"), kReplicates, steps, logs)) {
    row.rate_low = std::exp(interval->low);
    row.rate_high = std::exp(interval->high);
  }
}

void add_theory_rate(const Series& series, const Workload& workload, Convergence& row) {
  const double rate = series.chosen_lr;
  if (series.schedule != "constant" || !(rate > 0) || !workload.smooth || !workload.convex) return;
  if (workload.curvature_least && workload.curvature_most) {
    const double slow = 1 - rate * *workload.curvature_least, fast = 1 - rate * *workload.curvature_most;
    row.theory_rate = std::max(slow * slow, fast * fast);
    row.theory_kind = "curvature";
  } else if (workload.smoothness && rate * *workload.smoothness <= 1 + 1e-12 && workload.l2 > 0) {
    row.theory_rate = 1 - rate * workload.l2;
    row.theory_kind = "l2_bound";
  }
}

void add_tail_ratio(const Report& report, const Series& series, const Workload& workload, Convergence& row) {
  if (!workload.optimum_value) return;
  row.tail_status = "too_short";
  const double optimum = *workload.optimum_value, most = kFrom * (workload.f0 - optimum);
  for (const Trajectory& run : report.trajectories) {
    if (run.series != series.id) continue;
    for (std::size_t i = run.curve.loss.size(); i-- > 1;) {
      const Real &before = run.curve.loss[i - 1], &after = run.curve.loss[i];
      if (!before || !after || *after - optimum <= rounding_of(workload) || *before <= *after) continue;
      if (*before - optimum > most) return;
      const auto steps = static_cast<double>(run.curve.step[i] - run.curve.step[i - 1]);
      row.tail_ratio = std::pow((*after - optimum) / (*before - optimum), 1 / steps);
      row.tail_status = "ok";
      return;
    }
  }
}

}  // namespace descent
