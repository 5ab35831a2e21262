#include "analysis/passage.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "analysis/steps_error.hpp"
#include "analysis/tables.hpp"
#include "descent/analysis/run_steps.hpp"
#include "descent/stats/draws.hpp"
#include "descent/stats/interval.hpp"
#include "descent/stats/summary.hpp"

namespace descent::analysis {

std::vector<double> progress_of(const record::Trajectory& run, const record::Workload& workload, const Target& target) {
  std::vector<double> y;
  if (target.kind == record::TargetKind::escape) return y;
  if (target.kind == record::TargetKind::loss) {
    for (const record::Real& value : run.curve.loss) {
      if (!value) break;
      y.push_back(*value - workload.optimum_value.value_or(0));
    }
    return y;
  }
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
  if (lacks_optimum(workload, target) || target.kind == record::TargetKind::escape) return {};
  if (target.kind == record::TargetKind::loss) return target.value - workload.optimum_value.value_or(0);
  if (target.kind != record::TargetKind::accuracy) return target.value;
  if (!workload.optimum_validation_accuracy) return {};
  return 1 - (*workload.optimum_validation_accuracy - target.value);
}

namespace {

/// The step at which the runs of a series are censored: its budget, even if a run went on beyond it to decide about an
/// earlier passage. Without a budget, the length of its longest run.
double budget_of(const record::Report& report, const record::Series& series) {
  if (series.budget_steps > 0) return static_cast<double>(series.budget_steps);
  double longest = 0;
  for (const record::Trajectory& run : report.trajectories)
    if (run.series == series.id) longest = std::max(longest, static_cast<double>(run.steps));
  return longest;
}

/// Mean over seeds at each grid point. A run that ended before the others is extrapolated with the mean change, in ln
/// y, of the others: cutting all runs at the first end would hide the crossing, and holding the last value would move
/// it. The extrapolation is too optimistic if runs end at a lucky dip; therefore the sweep lets all runs go on, and the
/// remaining cases are marked.
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

/// Steps at which every run was evaluated or had ended: around its passage each run has further evaluations of its own.
std::vector<std::int64_t> common_steps(const std::vector<const record::Trajectory*>& runs,
                                       const std::vector<std::vector<double>>& y) {
  std::map<std::int64_t, std::size_t> looks;
  std::vector<std::int64_t> ends;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    for (std::size_t i = 0; i < y[r].size(); ++i) ++looks[runs[r]->curve.step[i]];
    ends.push_back(runs[r]->curve.step[y[r].size() - 1]);
  }
  std::vector<std::int64_t> steps;
  for (const auto& [step, count] : looks)
    if (count == static_cast<std::size_t>(
                     std::count_if(ends.begin(), ends.end(), [at = step](std::int64_t end) { return end >= at; })))
      steps.push_back(step);
  return steps;
}

/// Did the run end because it was seen to reach the target? For an accuracy target, or a target harder than its own, it
/// may have ended too early to see that.
bool arrived(const record::Series& series, const record::Trajectory& run, const Target& target) {
  return run.stop == record::StopReason::target && target.kind == series.target_kind &&
         target.kind != record::TargetKind::accuracy &&
         target.value >= series.tuned_for.value_or(-std::numeric_limits<double>::infinity());
}

/// The first step at which a run was this far from the saddle; what it does later does not matter. Between two
/// evaluations the distance is assumed to grow by a constant factor per step, as it does near a saddle.
std::optional<Passage> escape_of(const record::Trajectory& run, double distance, double most) {
  const std::vector<record::Real>& far = run.curve.escape_distance;
  for (std::size_t i = 0; i < std::min(far.size(), run.curve.step.size()); ++i) {
    const auto step = static_cast<double>(run.curve.step[i]);
    if (step > most) return {};
    if (!far[i] || *far[i] < distance) continue;
    if (i == 0) return Passage{step, step, step};
    const auto before = static_cast<double>(run.curve.step[i - 1]);
    const double from = far[i - 1].value_or(0);
    const double share = from > 0 ? std::log(distance / from) / std::log(*far[i] / from) : 1;
    return Passage{std::ceil(before + (step - before) * share), before, step};
  }
  return {};
}

}  // namespace

SeriesRuns runs_to_target(const record::Report& report, const record::Series& series, const record::Workload& workload,
                          const Target& target) {
  return runs_to_level(report, series, workload, target, level_of(workload, target));
}

std::vector<stats::Duration> run_steps(const record::Report& report, const record::Series& series,
                                       const record::Target& target) {
  const record::Workload* const workload = find_workload(report, series.workload);
  if (workload == nullptr) return {};
  return runs_to_target(report, series, *workload, target).runs;
}

SeriesRuns runs_to_level(const record::Report& report, const record::Series& series, const record::Workload& workload,
                         const Target& target, std::optional<double> level) {
  SeriesRuns result;
  const double budget = budget_of(report, series);
  for (const record::Trajectory& run : report.trajectories) {
    if (run.series != series.id || run.status == record::RunStatus::not_run) continue;
    const bool diverged = run.status == record::RunStatus::diverged;
    result.diverged += diverged;
    std::optional<Passage> passage, first;
    if (target.kind == record::TargetKind::escape) {
      passage = first = escape_of(run, target.value, budget);
    } else if (level) {
      const std::vector<double> y = progress_of(run, workload, target);
      passage = stats::passage(run.curve.step, y, *level, budget, arrived(series, run, target));
      first = stats::first_passage(run.curve.step, y, *level, budget);
    }
    result.passages.push_back(passage);
    result.unknown += !passage && run.stop == record::StopReason::target;
    // A run that diverged counts as the whole budget: failing early must not make it cheap.
    const double spent = diverged ? budget : std::min(budget, static_cast<double>(run.steps));
    result.runs.push_back({passage ? passage->step : spent, passage.has_value()});
    result.first_dips.push_back({first ? first->step : spent, first.has_value()});
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
  std::vector<const record::Trajectory*> runs;
  std::vector<std::vector<double>> all;
  for (const record::Trajectory& run : report.trajectories) {
    if (run.series != series.id) continue;
    if (run.status == record::RunStatus::diverged) return {};
    if (run.status != record::RunStatus::completed) continue;
    std::vector<double> y = progress_of(run, workload, target);
    if (y.empty()) continue;
    y.resize(std::min(y.size(), run.curve.step.size()));
    runs.push_back(&run), all.push_back(std::move(y));
  }
  std::vector<GridMean> result;
  if (all.empty()) return result;
  const std::vector<std::int64_t> steps = common_steps(runs, all);
  std::vector<std::vector<double>> curves;
  std::size_t shortest = steps.size();
  for (std::size_t r = 0; r < runs.size(); ++r) {
    std::vector<double> y;
    for (std::size_t i = 0; i < all[r].size(); ++i)
      if (std::binary_search(steps.begin(), steps.end(), runs[r]->curve.step[i])) y.push_back(all[r][i]);
    shortest = std::min(shortest, y.size());
    curves.push_back(std::move(y));
  }
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
  const auto passage = stats::passage(steps, y, *level);
  if (!passage) return {};
  return MeanPassage{*passage, stats::kHold * passage->high > whole};
}

double tuned_away(const record::Series& series, const Target& target) {
  if (!series.tuned_for || !(*series.tuned_for > 0) || !(target.value > 0)) return 0;
  // For a target of another kind, the rate tuned for the headline counts.
  if (target.kind != series.target_kind) return target.kind == record::TargetKind::accuracy ? *series.tuned_for : 1;
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
