#include "analysis/rate.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/passage.hpp"
#include "analysis/tables.hpp"
#include "descent/stats/line_fit.hpp"

namespace descent::analysis {
namespace {

constexpr double kFrom = 1e-2, kTo = 1e-8;  // of the starting gap: the transient is above, rounding below
constexpr std::size_t kLeastPoints = 10;
constexpr double kLinear = 0.95;  // R² under which ln(f − f*) is no line
constexpr int kReplicates = 500;
constexpr double kLeastTail = 1.0 / 6;  // least length of the stretch, relative to the steps up to the tail's end
constexpr double kLeastFall = 60;       // least fall of ln(f − f*) over the stretch, in multiples of its error
constexpr int kParts = 3;
constexpr double kSteady = 0.1;     // relative, of ln of the ratio between the parts of the stretch
constexpr double kRounding = 1e-6;  // of f*: f is a mean of terms that float32 scores give to some 17 roundings

/// f − f* below which rounding and the optimum's own error dominate.
double rounding_of(const record::Workload& workload) {
  return kRounding * std::abs(*workload.optimum_value) + 10 * workload.optimum_gap.value_or(0);
}

/// ln(f − f*) of a run from δ <= 1e-2 down to ten times rounding.
struct Tail {
  std::vector<double> steps, logs;
  double error = 0;  ///< of the last log: rounding_of is ten times what is off

  /// Linear interpolation between grid points, so that the stretch depends on the run, not on its grid.
  double at(double step) const {
    const auto above = std::lower_bound(steps.begin(), steps.end(), step);
    if (above == steps.begin()) return logs.front();
    if (above == steps.end()) return logs.back();
    const auto i = static_cast<std::size_t>(above - steps.begin());
    return logs[i - 1] + (logs[i] - logs[i - 1]) * (step - steps[i - 1]) / (steps[i] - steps[i - 1]);
  }
};

Tail tail_of(const record::Trajectory& run, const record::Workload& workload) {
  Tail tail;
  if (!run.f0) return tail;
  const record::Curve& curve = run.curve;
  const double optimum = *workload.optimum_value, most = kFrom * (*run.f0 - optimum), off = rounding_of(workload) / 10;
  for (std::size_t i = 0; i < curve.loss.size() && curve.loss[i]; ++i) {
    const double gap = *curve.loss[i] - optimum;
    if (gap <= 100 * off) break;
    if (gap > most) continue;
    tail.steps.push_back(static_cast<double>(curve.step[i]));
    tail.logs.push_back(std::log(gap));
    tail.error = off / gap;
  }
  return tail;
}

}  // namespace

void add_rate(const record::Report& report, const record::Series& series, const record::Workload& workload,
              record::Convergence& row) {
  const std::optional<double> f0 = start_of(report, series);
  if (!workload.optimum_value || !f0) return;
  const double start = *f0 - *workload.optimum_value;
  // Below the floor due to the optimum's own error and the noise of a constant rate, f − f* says nothing about a rate.
  double floor = rounding_of(workload);
  for (const record::CurveNoise& noise : report.curve_noise)
    if (noise.series == series.id && noise.floor) floor = std::max(floor, 10 * *noise.floor);
  const std::vector<GridMean> curve = mean_curve_of(report, series, workload, {record::TargetKind::suboptimality, 0});
  if (curve.empty()) return;
  std::vector<double> steps, logs;
  for (const GridMean& point : curve)
    if (point.whole && point.y <= kFrom && point.y >= kTo && point.y * start > floor)
      steps.push_back(static_cast<double>(point.step)), logs.push_back(std::log(point.y));
  row.rate_status = record::RateStatus::too_few_points;
  if (steps.size() < kLeastPoints) return;
  const auto fit = stats::fit_line(steps, logs);
  if (!fit) return;
  row.rate_r_squared = fit->r_squared;
  row.rate_status = record::RateStatus::not_linear;
  if (fit->r_squared < kLinear || fit->slope >= 0) return;
  row.rate = std::exp(fit->slope);
  row.rate_status = record::RateStatus::ok;
  if (const auto interval = stats::slope_interval(seed_of(series.id + "rate"), kReplicates, steps, logs)) {
    row.rate_low = std::exp(interval->low);
    row.rate_high = std::exp(interval->high);
  }
}

void add_theory_rate(const record::Series& series, const record::Workload& workload, record::Convergence& row) {
  const double rate = series.chosen_lr;
  if (series.schedule != record::RateSchedule::constant || !(rate > 0) || !workload.smooth || !workload.convex) return;
  if (workload.curvature_least && workload.curvature_most) {
    const double slow = 1 - rate * *workload.curvature_least, fast = 1 - rate * *workload.curvature_most;
    row.theory_rate = std::max(slow * slow, fast * fast);
    row.theory_kind = record::TheoryKind::curvature;
  } else if (workload.smoothness && rate * *workload.smoothness <= 1 + 1e-12 && workload.l2 > 0) {
    row.theory_rate = 1 - rate * workload.l2;
    row.theory_kind = record::TheoryKind::l2_bound;
  }
}

void add_tail_ratio(const record::Report& report, const record::Series& series, const record::Workload& workload,
                    record::Convergence& row) {
  if (!workload.optimum_value) return;
  row.tail_status = record::TailStatus::too_short;
  for (const record::Trajectory& run : report.trajectories) {
    if (run.series != series.id) continue;
    const Tail tail = tail_of(run, workload);
    if (tail.steps.size() < 2) return;
    // Single steps show rounding, and early steps the faster modes: so the last third of the steps is used, or what
    // there is of it.
    const double end = tail.steps.back(), begin = std::max(2 * end / 3, tail.steps.front()), length = end - begin;
    const double fall = tail.at(begin) - tail.at(end);
    if (length < kLeastTail * end || !(fall > kLeastFall * tail.error)) return;
    row.tail_ratio = std::exp(-fall / length);
    for (int part = 0; part < kParts; ++part) {
      const double from = begin + length * part / kParts, to = begin + length * (part + 1) / kParts;
      const double ratio = std::exp((tail.at(to) - tail.at(from)) / (to - from));
      row.tail_low = std::min(row.tail_low.value_or(ratio), ratio);
      row.tail_high = std::max(row.tail_high.value_or(ratio), ratio);
    }
    const bool steady = std::abs(std::log(*row.tail_low / *row.tail_high)) <= kSteady * fall / length;
    row.tail_status = steady ? record::TailStatus::ok : record::TailStatus::unsteady;
    return;
  }
}

}  // namespace descent::analysis
