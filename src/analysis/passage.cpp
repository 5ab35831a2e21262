#include "analysis/passage.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "descent/core/text.hpp"
#include "analysis/tables.hpp"

namespace descent {
namespace {

constexpr double kAccuracyTolerance = 0.005;  // half a percentage point under W*'s accuracy

double interpolate(double k0, double y0, double k1, double y1, double level) {
  if (y0 <= level) return k0;
  if (k0 > 0 && y0 > 0 && y1 > 0 && level > 0) {
    const double share = std::log(y0 / level) / std::log(y0 / y1);
    return k0 * std::pow(k1 / k0, share);
  }
  return k0 + (k1 - k0) * (y0 - level) / (y0 - y1);
}

}  // namespace

std::optional<Passage> first_passage(const std::vector<std::int64_t>& steps, const std::vector<double>& y, double level) {
  for (std::size_t i = 0; i + 1 < y.size(); ++i) {
    if (!(y[i] <= level) || !(y[i + 1] <= level)) continue;
    const auto high = static_cast<double>(steps[i]);
    if (i == 0) return Passage{high, high, high};
    const auto low = static_cast<double>(steps[i - 1]);
    return Passage{interpolate(low, y[i - 1], high, y[i], level), low, high};
  }
  return {};
}

std::vector<double> progress_of(const Curve& curve, const Workload& workload, const Target& target) {
  std::vector<double> y;
  const bool accuracy = target.kind == "accuracy";
  const std::vector<Real>& column = accuracy ? curve.validation_accuracy : curve.loss;
  if (!accuracy && (!workload.optimum_value || !(workload.f0 > *workload.optimum_value))) return y;
  for (const Real& value : column) {
    if (!value) break;  // diverged from here on
    y.push_back(accuracy ? 1 - *value : (*value - *workload.optimum_value) / (workload.f0 - *workload.optimum_value));
  }
  return y;
}

std::optional<double> level_of(const Workload& workload, const Target& target) {
  if (target.kind != "accuracy") return target.value;
  if (!workload.optimum_validation_accuracy) return {};
  return 1 - (*workload.optimum_validation_accuracy - kAccuracyTolerance);
}

SeriesRuns runs_to_target(const Report& report, const Series& series, const Workload& workload, const Target& target) {
  SeriesRuns result;
  const std::optional<double> level = level_of(workload, target);
  for (const Trajectory& run : report.trajectories) {
    if (run.series != series.id || run.status == "not_run") continue;
    result.diverged += run.status == "diverged";
    std::optional<Passage> passage;
    if (level) passage = first_passage(run.curve.step, progress_of(run.curve, workload, target), *level);
    result.passages.push_back(passage);
    result.runs.push_back({passage ? passage->step : static_cast<double>(run.steps), passage.has_value()});
  }
  return result;
}

std::optional<Passage> mean_curve_passage(const Report& report, const Series& series, const Workload& workload,
                                          const Target& target) {
  const std::optional<double> level = level_of(workload, target);
  std::vector<double> sum;
  std::vector<std::int64_t> steps;
  double runs = 0;
  for (const Trajectory& run : report.trajectories) {
    if (run.series != series.id || run.status != "completed") continue;
    const std::vector<double> y = progress_of(run.curve, workload, target);
    if (runs == 0) sum.assign(y.size(), 0.0), steps = run.curve.step;
    sum.resize(std::min(sum.size(), y.size()));
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += y[i];
    ++runs;
  }
  if (runs == 0 || !level) return {};
  for (double& value : sum) value /= runs;
  return first_passage(steps, sum, *level);
}

std::vector<Target> targets_of(const Report& report) {
  std::set<double, std::greater<>> values;
  bool accuracy = false;
  if (const auto at = report.context.configuration.find("target"); at != report.context.configuration.end())
    for (const std::string& word : split_outside_brackets(at->second, ',')) {
      if (trim(word) == "accuracy") accuracy = true;
      else if (const auto value = parse_real(trim(word))) values.insert(*value);
    }
  if (values.empty())
    for (const Series& series : report.series)
      if (series.tuned_for) values.insert(*series.tuned_for);
  // Comparisons between losses need accuracy; wherever it was measured it is there.
  for (const Workload& workload : report.workloads) accuracy |= workload.optimum_validation_accuracy.has_value();
  std::vector<Target> targets;
  for (const double value : values) targets.push_back({"suboptimality", value});
  if (accuracy) targets.push_back({"accuracy", kAccuracyTolerance});
  return targets;
}

std::optional<Target> headline_of(const Report& report) {
  std::optional<Target> headline;
  for (const Target& target : targets_of(report))
    if (target.kind == "suboptimality") headline = target;
  return headline;
}

}  // namespace descent
