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

}  // namespace

void add_rate(const Report& report, const Series& series, const Workload& workload, Convergence& row) {
  row.rate_status = "none";
  if (!workload.optimum_value) return;
  const double optimum = *workload.optimum_value, start = workload.f0 - optimum;
  // Below the floor that the optimum's own error and the noise of a constant rate leave, f − f* says nothing of a rate.
  double floor = std::max(1e-13 * std::abs(optimum), 10 * workload.optimum_gap.value_or(0));
  for (const CurveNoise& noise : report.curve_noise)
    if (noise.series == series.id && noise.floor) floor = std::max(floor, 10 * *noise.floor);
  const std::vector<GridMean> curve = mean_curve_of(report, series, workload, {"suboptimality", 0});
  if (curve.empty()) return;
  std::vector<double> steps, logs;
  for (const GridMean& point : curve)
    if (point.y <= kFrom && point.y >= kTo && point.y * start > floor)
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

}  // namespace descent
