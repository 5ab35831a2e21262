#include "analysis/passage.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/steps_error.hpp"
#include "analysis/tables.hpp"
#include "descent/stats/draws.hpp"
#include "descent/stats/interval.hpp"
#include "descent/stats/summary.hpp"

namespace descent::analysis {
namespace {

double interpolate(double k0, double y0, double k1, double y1, double level) {
  if (y0 <= level) return k0;
  if (k0 > 0 && y0 > 0 && y1 > 0 && level > 0) {
    const double share = std::log(y0 / level) / std::log(y0 / y1);
    return k0 * std::pow(k1 / k0, share);
  }
  return k0 + (k1 - k0) * (y0 - level) / (y0 - y1);
}

}  // namespace

std::optional<Passage> first_passage(const std::vector<std::int64_t>& steps, const std::vector<double>& y,
                                     double level) {
  for (std::size_t i = 0; i + 1 < y.size(); ++i) {
    if (!(y[i] <= level) || !(y[i + 1] <= level)) continue;
    const auto high = static_cast<double>(steps[i]);
    if (i == 0) return Passage{high, high, high};
    const auto low = static_cast<double>(steps[i - 1]);
    return Passage{interpolate(low, y[i - 1], high, y[i], level), low, high};
  }
  return {};
}

std::vector<double> progress_of(const record::Trajectory& run, const record::Workload& workload, const Target& target) {
  std::vector<double> y;
  const bool accuracy = target.kind == record::TargetKind::accuracy;
  const std::vector<record::Real>& column = accuracy ? run.curve.validation_accuracy : run.curve.loss;
  if (!accuracy && (!workload.optimum_value || !run.f0 || !(*run.f0 > *workload.optimum_value))) return y;
  for (const record::Real& value : column) {
    if (!value) break;  // diverged from here on
    y.push_back(accuracy ? 1 - *value : (*value - *workload.optimum_value) / (*run.f0 - *workload.optimum_value));
  }
  return y;
}

std::optional<double> start_of(const record::Report& report, const record::Series& series) {
  std::vector<double> starts;
  for (const record::Trajectory& run : report.trajectories)
    if (run.series == series.id && run.f0) starts.push_back(*run.f0);
  if (starts.empty()) return {};
  return stats::median(starts);
}

std::optional<double> level_of(const record::Workload& workload, const Target& target) {
  if (no_optimum(workload)) return {};
  if (target.kind != record::TargetKind::accuracy) return target.value;
  if (!workload.optimum_validation_accuracy) return {};
  return 1 - (*workload.optimum_validation_accuracy - target.value);
}

namespace {

/// Steps at which the runs of a series are censored: its budget, or its longest run where that goes on beyond.
double budget_of(const record::Report& report, const record::Series& series) {
  auto budget = static_cast<double>(series.budget_steps);
  for (const record::Trajectory& run : report.trajectories)
    if (run.series == series.id) budget = std::max(budget, static_cast<double>(run.steps));
  return budget;
}

/// Mean over seeds at each grid point. A run that ended before the others goes on at the mean pace, in ln y, of those
/// still under way: cutting all at the first end would hide the crossing, holding its last value would move it. It is
/// too good a guess where runs end at a lucky dip, so the sweep lets all go on, and what is left of it is marked.
std::vector<double> mean_curve(std::vector<std::vector<double>> curves) {
  std::size_t longest = 0;
  for (const auto& curve : curves) longest = std::max(longest, curve.size());
  std::vector<double> mean;
  for (std::size_t i = 0; i < longest; ++i) {
    double pace = 0, going = 0;
    if (i > 0)
      for (const auto& curve : curves)
        if (curve.size() > i && curve[i] > 0 && curve[i - 1] > 0) pace += std::log(curve[i] / curve[i - 1]), ++going;
    const double factor = going > 0 ? std::exp(pace / going) : 1;
    double sum = 0;
    std::vector<bool> stopped(curves.size());
    for (std::size_t c = 0; c < curves.size(); ++c) stopped[c] = curves[c].size() == i;
    for (std::size_t c = 0; c < curves.size(); ++c) {
      if (stopped[c])
        curves[c].push_back(curves[c].empty() ? 1 : curves[c].back() * (curves[c].back() > 0 ? factor : 1));
      sum += curves[c][i];
    }
    mean.push_back(sum / static_cast<double>(curves.size()));
  }
  return mean;
}

}  // namespace

SeriesRuns runs_to_target(const record::Report& report, const record::Series& series, const record::Workload& workload,
                          const Target& target) {
  return runs_to_level(report, series, workload, target, level_of(workload, target));
}

SeriesRuns runs_to_level(const record::Report& report, const record::Series& series, const record::Workload& workload,
                         const Target& target, std::optional<double> level) {
  SeriesRuns result;
  const double budget = budget_of(report, series);
  for (const record::Trajectory& run : report.trajectories) {
    if (run.series != series.id || run.status == record::RunStatus::not_run) continue;
    const bool diverged = run.status == record::RunStatus::diverged;
    result.diverged += diverged;
    std::optional<Passage> passage;
    if (level) passage = first_passage(run.curve.step, progress_of(run, workload, target), *level);
    result.passages.push_back(passage);
    result.unknown += !passage && run.stop == record::StopReason::target;
    // A run that diverged could have been tried until the budget's end: it does not become cheap by failing early.
    const double spent = diverged ? budget : static_cast<double>(run.steps);
    result.runs.push_back({passage ? passage->step : spent, passage.has_value()});
  }
  result.error = own_error(result);
  return result;
}

bool one_seed(const record::Series& series, const SeriesRuns& runs) noexcept {
  return series.stochastic && runs.runs.size() == 1;
}

double draw_steps(core::CounterRandom& random, const SeriesRuns& runs, double expected) {
  if (runs.error) return expected * std::exp(runs.error->error * stats::draw_t(random, runs.error->freedom));
  if (runs.runs.size() == 1 && runs.runs[0].reached) return expected;
  std::vector<stats::Duration> drawn;
  for (const std::size_t i : stats::resample(random, runs.runs.size())) drawn.push_back(runs.runs[i]);
  return stats::expected_running_time(drawn).value_or(std::numeric_limits<double>::infinity());
}

std::vector<GridMean> mean_curve_of(const record::Report& report, const record::Series& series,
                                    const record::Workload& workload, const Target& target) {
  std::vector<std::vector<double>> curves;
  std::vector<std::int64_t> steps;
  for (const record::Trajectory& run : report.trajectories) {
    if (run.series != series.id) continue;
    if (run.status == record::RunStatus::diverged) return {};
    if (run.status != record::RunStatus::completed) continue;
    std::vector<double> y = progress_of(run, workload, target);
    if (y.empty()) continue;
    y.resize(std::min(y.size(), run.curve.step.size()));
    if (run.curve.step.size() > steps.size()) steps = run.curve.step;
    curves.push_back(std::move(y));
  }
  std::vector<GridMean> result;
  if (curves.empty()) return result;
  std::size_t shortest = steps.size();
  for (const auto& curve : curves) shortest = std::min(shortest, curve.size());
  const std::vector<double> mean = mean_curve(std::move(curves));
  for (std::size_t i = 0; i < mean.size(); ++i) result.push_back({steps[i], mean[i], i < shortest});
  return result;
}

std::optional<MeanPassage> mean_curve_passage(const record::Report& report, const record::Series& series,
                                              const record::Workload& workload, const Target& target) {
  const std::optional<double> level = level_of(workload, target);
  if (!level) return {};
  std::vector<std::int64_t> steps;
  std::vector<double> y;
  double whole = 0;  // the last step at which every run has a value
  for (const GridMean& point : mean_curve_of(report, series, workload, target)) {
    steps.push_back(point.step), y.push_back(point.y);
    if (point.whole) whole = static_cast<double>(point.step);
  }
  const auto passage = first_passage(steps, y, *level);
  if (!passage) return {};
  return MeanPassage{*passage, passage->high > whole};
}

double tuned_away(const record::Series& series, const Target& target) {
  if (!series.tuned_for || !(*series.tuned_for > 0) || !(target.value > 0)) return 0;
  if (target.kind == record::TargetKind::accuracy) return *series.tuned_for;  // the headline's rate
  return std::abs(std::log(*series.tuned_for / target.value));
}

bool outdone(const record::Report& report, const record::Series& series, const Target& target) {
  return std::any_of(report.series.begin(), report.series.end(), [&](const record::Series& other) {
    return other.workload == series.workload && other.lr_rule == series.lr_rule &&
           other.optimizer == series.optimizer && other.batch == series.batch && other.sampling == series.sampling &&
           other.schedule == series.schedule && tuned_away(other, target) < tuned_away(series, target);
  });
}

bool competes(const record::Report& report, const record::Series& series, const Target& target) {
  for (const record::RateRule rule : kHeadlineRules)
    if (std::any_of(report.series.begin(), report.series.end(), [&](const record::Series& other) {
          return other.workload == series.workload && other.lr_rule == rule;
        }))
      return series.lr_rule == rule && !outdone(report, series, target);
  return false;
}

std::optional<Target> headline_of(const record::Report& report) {
  for (const Target& target : report.targets)
    if (target.headline) return target;
  return {};
}

std::optional<Target> accuracy_of(const record::Report& report) {
  for (const Target& target : report.targets)
    if (target.kind == record::TargetKind::accuracy) return target;
  return {};
}

}  // namespace descent::analysis
