#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "analysis/passage.hpp"
#include "analysis/steps_error.hpp"
#include "analysis/tables.hpp"
#include "analysis/times.hpp"
#include "descent/stats/interval.hpp"
#include "descent/stats/returns_fit.hpp"
#include "descent/stats/summary.hpp"

namespace descent::analysis {
namespace {

constexpr int kReplicates = 1000;
constexpr double kOpen = 1e300;
constexpr double kSight = 100;  // times the largest batch: as far as a floor can be told
constexpr double kPerfect = 0.9, kMaximal = 0.1;

struct Point {
  const record::Series* series;
  double batch, steps;  // expected; where no run reached the target, the steps of the longest
  SeriesRuns runs;
  record::Real expected;          // steps of those runs
  std::string left_out;           // why S(B) has no such point; "" where it has
  std::vector<double> log_seeds;  // ln steps of the single runs that reached
  bool censored() const { return log_seeds.size() < runs.runs.size(); }
};

/// Were its runs not made, or ended before they could reach the target?
bool says_nothing(const record::Convergence& row) {
  return row.status == record::PassageStatus::not_run || row.status == record::PassageStatus::stopped_before;
}

/// Why a batch has no expected steps.
std::string left_out_of(const record::Convergence& row) {
  if (says_nothing(row) || row.status == record::PassageStatus::at_start) return record::to_text(row.status);
  if (row.ert_steps) return *row.ert_steps > 0 ? "" : "at_start";
  return row.diverged > 0 ? "diverged" : "not_reached";
}

/// Optimizers that have runs which depend on a seed, in the order of their series: their batches trade noise for work.
std::vector<std::string> stochastic_optimizers(const record::Report& report, const record::Workload& workload) {
  std::vector<std::string> names;
  for (const record::Series& series : report.series)
    if (series.workload == workload.id && series.stochastic &&
        std::find(names.begin(), names.end(), series.optimizer) == names.end())
      names.push_back(series.optimizer);
  return names;
}

/// Every drawn batch tried of one workload, optimizer, target and rule, one point a batch: of the series that say
/// anything, the one whose rate was tuned nearest to the target.
std::vector<Point> points_of(const record::Report& report, const record::Workload& workload,
                             const std::string& optimizer, const Target& target, const std::string& rule) {
  const auto away = [&](const record::Series& series, const std::string& left_out) {
    return std::pair(left_out == "not_run" || left_out == "stopped_before", tuned_away(series, target));
  };
  std::map<std::int64_t, Point> points;
  for (const record::Convergence& row : report.convergence) {
    const record::Series* const series = find_series(report, row.series);
    if (series == nullptr || series->workload != workload.id || series->optimizer != optimizer || series->full_batch ||
        series->lr_rule != rule || row.target_kind != target.kind || row.target_value != target.value)
      continue;
    const std::string left_out = left_out_of(row);
    if (const auto other = points.find(series->batch);
        other != points.end() && away(*other->second.series, other->second.left_out) <= away(*series, left_out))
      continue;
    Point point{series,
                static_cast<double>(series->batch),
                row.ert_steps.value_or(0),
                runs_of(report, *series, workload, target),
                row.ert_steps,
                left_out,
                {}};
    for (const stats::Duration& run : point.runs.runs)
      if (run.reached && run.time > 0) point.log_seeds.push_back(std::log(run.time));
    if (left_out == "not_reached")
      for (const stats::Duration& run : point.runs.runs) point.steps = std::max(point.steps, run.time);
    points.insert_or_assign(series->batch, std::move(point));
  }
  std::vector<Point> result;
  for (auto& [batch, point] : points) result.push_back(std::move(point));
  return result;
}

/// Ends of an interval that are there and those that are not.
record::EndsStatus ends_status(const record::Real& low, const record::Real& high) {
  using record::EndsStatus;
  return low && high ? EndsStatus::ok : low ? EndsStatus::open_above : high ? EndsStatus::open_below : EndsStatus::open;
}

/// What a batch's seeds leave open of its ln steps, in one draw: infinite where a resample held no success.
double drawn_shift(const Point& point, core::CounterRandom& random) {
  return point.expected ? std::log(draw_steps(random, point.runs, *point.expected) / *point.expected) : 0;
}

/// One draw of S(B): each batch's steps move by what its seeds leave open, and by a residual between batches. A batch
/// that a resample leaves without a success is missing from it.
std::vector<stats::StepsAtBatch> replicate(const std::vector<Point>& points, const std::vector<double>& residuals,
                                           core::CounterRandom& random) {
  std::vector<stats::StepsAtBatch> result;
  for (const Point& point : points) {
    const double residual =
        residuals.empty() ? 0 : residuals[random.next_below(static_cast<std::uint32_t>(residuals.size()))];
    const double shift = drawn_shift(point, random) + residual;
    if (std::isfinite(shift)) result.push_back({point.batch, point.steps * std::exp(shift)});
  }
  return result;
}

/// Where the steps of a series to a target were timed by the engine that trained it, or, without one, by any: the
/// fastest.
const record::TimeToTarget* fastest_step(const record::Report& report, const record::Series& series,
                                         const Target& target, std::optional<int> threads) {
  const std::string engine = trajectory_engine(report);
  const record::TimeToTarget *own = nullptr, *any = nullptr;
  for (const record::TimeToTarget& row : report.time_to_target) {
    if (row.series != series.id || row.target_kind != target.kind || row.target_value != target.value ||
        !row.seconds_per_step)
      continue;
    const record::Cell& cell = *find_cell(report, row.cell);
    if ((threads && cell.threads != *threads) || !counts(report, cell, row.oversubscribed)) continue;
    if (any == nullptr || *row.seconds_per_step < *any->seconds_per_step) any = &row;
    if (cell.engine == engine && (own == nullptr || *row.seconds_per_step < *own->seconds_per_step)) own = &row;
  }
  return own != nullptr ? own : any;
}

/// The thread count at which some batch comes to the target soonest; 0 where nothing was timed.
int best_threads_of(const record::Report& report, const std::vector<Point>& points, const Target& target) {
  int best = 0;
  double least = kOpen;
  for (const Point& point : points)
    if (const record::TimeToTarget* const step = fastest_step(report, *point.series, target, {});
        step != nullptr && point.steps * *step->seconds_per_step < least)
      least = point.steps * *step->seconds_per_step, best = find_cell(report, step->cell)->threads;
  return best;
}

/// B* of t_step = t₀ + c·B at that many threads: √(B_crit t₀/c).
record::Real best_batch_of(const record::Report& report, const std::vector<Point>& points, const Target& target,
                           int threads, double b_crit) {
  std::vector<double> batches, seconds;
  for (const Point& point : points)
    if (const record::TimeToTarget* const step = fastest_step(report, *point.series, target, threads))
      batches.push_back(point.batch), seconds.push_back(*step->seconds_per_step);
  const auto line = stats::fit_step_time(batches, seconds);
  if (!line || !(line->fixed > 0) || !(line->per_row > 0)) return {};
  return std::sqrt(b_crit * line->fixed / line->per_row);
}

/// Do seeds tell how the steps of any batch scatter? The residuals of a curve through single runs alone would make an
/// interval of what the curve happens to fit.
bool replicated(const std::vector<Point>& points) {
  return !std::all_of(points.begin(), points.end(),
                      [](const Point& point) { return one_seed(*point.series, point.runs); });
}

/// Interval of half_efficiency_batch. Seeds alone give too narrow a one: what the batches scatter about the fit is
/// added. An end outside the batches tried stays open; beyond them the lower end is a bound, below them the upper one.
void half_interval(const std::vector<Point>& points, const std::vector<double>& residuals, std::uint64_t seed,
                   record::Returns& row) {
  if (!replicated(points)) {
    row.half_interval_status = record::EndsStatus::one_seed;
    return;
  }
  const double least = points.front().batch, most = points.back().batch;
  const auto interval = stats::open_bootstrap(seed, kReplicates, [&](core::CounterRandom& random) {
    const auto drawn = stats::half_efficiency_batch(replicate(points, residuals, random));
    return drawn.batch ? *drawn.batch : drawn.status == "below_range" ? 0 : HUGE_VAL;
  });
  const bool beyond = row.half_status == record::HalfStatus::beyond_range,
             below = row.half_status == record::HalfStatus::below_range;
  // Doubling from the last but one batch still paid.
  const double low = beyond ? std::min(interval.low.value_or(most / 2), most / 2) : interval.low.value_or(most / 2);
  if (low >= least && !below) row.half_low = low;
  if (interval.high && *interval.high <= most && !beyond) row.half_high = std::max(*interval.high, least);
  row.half_interval_status = ends_status(row.half_low, row.half_high);
}

/// The points that S(B) has, and the names of those that it has not.
std::vector<Point> used_of(const std::vector<Point>& tried, record::Returns& row) {
  std::vector<Point> used;
  for (const Point& point : tried)
    if (point.left_out.empty()) {
      row.batches_used.push_back(point.series->batch);
      used.push_back(point);
    } else {
      row.batches_left_out.push_back(fmt::format("{}: {}", point.series->batch, point.left_out));
    }
  return used;
}

/// ln steps moved apart so that their mean scatters as the logarithm of the mean of steps does: see steps_error.
std::vector<double> scattered_as_mean(std::vector<double> logs) {
  if (logs.size() < 2) return logs;
  const auto n = static_cast<double>(logs.size());
  const double variance = stats::variance(logs), centre = stats::mean(logs);
  const double factor = std::sqrt(1 + n * variance / (2 * (n - 1)));
  for (double& value : logs) value = centre + factor * (value - centre);
  return logs;
}

record::Returns describe(const record::Report& report, const record::Workload& workload, const Target& target,
                         const std::string& rule, const std::vector<Point>& tried) {
  record::Returns row;
  row.workload = workload.id;
  row.optimizer = tried.front().series->optimizer;
  row.target_kind = target.kind;
  row.target_value = target.value;
  row.lr_rule = rule;
  const std::vector<Point> points = used_of(tried, row);
  if (points.empty()) {
    const bool ran = std::any_of(tried.begin(), tried.end(), [](const Point& p) { return p.left_out != "not_run"; });
    if (!ran) return row;  // half_status and fit_status say not_run
    row.half_status = record::HalfStatus::not_reached, row.fit_status = record::FitStatus::not_reached;
    return row;
  }
  std::vector<stats::StepsAtBatch> curve;
  for (const Point& point : points) curve.push_back({point.batch, point.steps});
  const stats::HalfEfficiency half = stats::half_efficiency_batch(curve);
  row.half_status = record::from_text<record::HalfStatus>(half.status).value();
  row.half_efficiency_batch = half.batch;
  const std::optional<stats::ReturnsFit> fit = stats::fit_returns(curve);
  std::vector<double> residuals;
  if (fit && points.size() > 2) {
    residuals = fit->residuals;  // two parameters took part of the scatter with them
    for (double& residual : residuals)
      residual *= std::sqrt(static_cast<double>(points.size()) / static_cast<double>(points.size() - 2));
  }
  const std::uint64_t seed = seed_of(workload.id + to_text(target.kind) + std::to_string(target.value) + rule);
  if (row.half_status != record::HalfStatus::too_few) half_interval(points, residuals, seed, row);
  row.best_threads = best_threads_of(report, points, target);
  row.fit_status = record::FitStatus::too_few;
  if (!fit) return row;
  const double most = kSight * curve.back().batch;
  if (fit->b_crit <= most) row.b_crit = fit->b_crit, row.s_min = fit->s_min;  // beyond, S ∝ 1/B: no floor was seen
  row.fit_status = fit->b_crit > curve.back().batch    ? record::FitStatus::beyond_range
                   : fit->b_crit < curve.front().batch ? record::FitStatus::below_range
                   : row.batches_left_out.empty()      ? record::FitStatus::ok
                                                       : record::FitStatus::left_out;
  std::vector<std::vector<double>> logs;
  for (const Point& point : points) logs.push_back(scattered_as_mean(point.log_seeds));
  row.lack_of_fit_p = stats::lack_of_fit_p(*fit, logs);
  // p stands beside it: a fit that does not see its floor, or misses batches, says so first.
  const bool said = row.fit_status == record::FitStatus::beyond_range || row.fit_status == record::FitStatus::left_out;
  if (!said && row.lack_of_fit_p && *row.lack_of_fit_p < 0.05) row.fit_status = record::FitStatus::lack_of_fit;
  const auto interval =
      stats::bootstrap(seed + 1, kReplicates, [&](core::CounterRandom& random) -> std::optional<double> {
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

/// Intervals of a doubling's gains: seeds of both batches, and processes of both timings.
void gain_intervals(const record::Report& report, const Point& at, const Point& twice,
                    const record::TimeToTarget* before, const record::TimeToTarget* after, record::Doubling& row) {
  const std::uint64_t seed = seed_of(at.series->id + twice.series->id);
  // The larger batch without a success: no gain. The smaller one: any.
  const auto gain = [&](core::CounterRandom& random) {
    const double shift = drawn_shift(at, random), shift_twice = drawn_shift(twice, random);
    return std::isinf(shift) ? HUGE_VAL : *row.step_gain * std::exp(shift - shift_twice);
  };
  stats::OpenInterval steps;
  if (at.runs.error && twice.runs.error) {
    const auto interval = interval_of(*row.step_gain, sum_of(*at.runs.error, *twice.runs.error));
    steps = {interval.low, interval.high};
  } else {
    steps = stats::open_bootstrap(seed, kReplicates, gain);
  }
  if (steps.low && *steps.low > 0) row.step_gain_low = steps.low;
  row.step_gain_high = steps.high;
  row.interval_status = ends_status(row.step_gain_low, row.step_gain_high);
  if (!row.time_gain) return;
  const Target target{row.target_kind, row.target_value};
  const CellTimes from = cell_times(report, *at.series, *find_cell(report, before->cell), target);
  const CellTimes to = cell_times(report, *twice.series, *find_cell(report, after->cell), target);
  const double ratio = *before->seconds_per_step / *after->seconds_per_step;
  const auto times = stats::open_bootstrap(seed + 1, kReplicates, [&](core::CounterRandom& random) {
    const double steps_gain = gain(random);
    const auto seconds = from.drawn(random), seconds_twice = to.drawn(random);
    return steps_gain * (seconds && seconds_twice ? *seconds / *seconds_twice : ratio);
  });
  row.time_gain_low = times.low, row.time_gain_high = times.high;
}

/// One batch has no S(B): it takes more steps than it has come, so that the gain has a bound on one side, with what the
/// other's seeds leave open.
void bound_gain(const Point& at, const Point& twice, record::Doubling& row) {
  const bool above = !at.left_out.empty();
  const Point &reached = above ? twice : at, &censored = above ? at : twice;
  if (censored.left_out != "not_reached" || !(censored.steps > 0)) return;
  if (one_seed(*reached.series, reached.runs)) {
    row.interval_status = record::EndsStatus::one_seed;
    return;
  }
  if (reached.runs.error) {
    const auto interval = interval_of(reached.steps, *reached.runs.error);
    (above ? row.step_gain_low : row.step_gain_high) =
        above ? censored.steps / interval.high : interval.high / censored.steps;
    row.interval_status = ends_status(row.step_gain_low, row.step_gain_high);
    return;
  }
  const auto bound =
      stats::open_bootstrap(seed_of(at.series->id + twice.series->id), kReplicates, [&](core::CounterRandom& random) {
        const double shift = drawn_shift(reached, random);
        const double steps = std::isinf(shift) ? HUGE_VAL : reached.steps * std::exp(shift);
        return above ? censored.steps / steps : steps / censored.steps;
      });
  (above ? row.step_gain_low : row.step_gain_high) = above ? bound.low : bound.high;
  row.interval_status = ends_status(row.step_gain_low, row.step_gain_high);
}

/// √(c_B trΣ) is the noise of a mini-batch gradient; c_B depends on how batches are drawn.
void add_noise_gain(const record::Report& report, const record::Workload& workload, const Point& at, const Point& twice,
                    record::Doubling& row) {
  const std::int64_t n = rows_of(report, workload);
  const double small = std::sqrt(variance_factor(at.series->sampling, n, at.series->batch));
  const double large = std::sqrt(variance_factor(twice.series->sampling, n, twice.series->batch));
  row.noise_gain_absolute = small - large;
  if (small > 0) row.noise_gain_relative = 1 - large / small;
}

record::Doubling describe(const record::Report& report, const record::Workload& workload, const Target& target,
                          const Point& at, const Point& twice) {
  record::Doubling row;
  row.workload = workload.id;
  row.optimizer = at.series->optimizer;
  row.target_kind = target.kind;
  row.target_value = target.value;
  row.batch = at.series->batch;
  add_noise_gain(report, workload, at, twice, row);
  if (!at.left_out.empty() || !twice.left_out.empty()) {
    bound_gain(at, twice, row);
    return row;
  }
  row.step_gain = at.steps / twice.steps;
  row.efficiency = std::log2(*row.step_gain);
  row.regime = *row.efficiency >= kPerfect   ? record::Regime::perfect
               : *row.efficiency <= kMaximal ? record::Regime::maximal
                                             : record::Regime::diminishing;
  const record::TimeToTarget* const before = fastest_step(report, *at.series, target, {});
  const record::TimeToTarget* const after = fastest_step(report, *twice.series, target, {});
  if (before != nullptr && after != nullptr)
    row.time_gain = *row.step_gain * *before->seconds_per_step / *after->seconds_per_step;
  if (one_seed(*at.series, at.runs) || one_seed(*twice.series, twice.runs))
    row.interval_status = record::EndsStatus::one_seed;
  else if (at.expected && twice.expected)
    gain_intervals(report, at, twice, before, after, row);
  return row;
}

/// The headline uses the tuned rates, or, without a search, what there is; untuned rules follow for comparison.
void add_rules(record::Report& report, const record::Workload& workload, const std::string& optimizer,
               const Target& target) {
  bool headline = true;
  std::vector<std::string> rules(kHeadlineRules.begin(), kHeadlineRules.end());
  rules.insert(rules.end(), {"linear", "sqrt"});
  for (const std::string& rule : rules) {
    const std::vector<Point> points = points_of(report, workload, optimizer, target, rule);
    if (points.empty()) continue;
    report.returns.push_back(describe(report, workload, target, rule, points));
    for (std::size_t i = 0; i + 1 < points.size() && headline; ++i)
      for (std::size_t j = i + 1; j < points.size(); ++j)
        if (points[j].batch == 2 * points[i].batch && (points[i].left_out.empty() || points[j].left_out.empty()))
          report.doublings.push_back(describe(report, workload, target, points[i], points[j]));
    headline = false;
  }
}

}  // namespace

void derive_returns(record::Report& report) {
  report.returns.clear();
  report.doublings.clear();
  for (const record::Workload& workload : report.workloads)
    for (const Target& target : report.targets) {
      if (no_optimum(workload)) continue;
      for (const std::string& optimizer : stochastic_optimizers(report, workload))
        add_rules(report, workload, optimizer, target);
    }
}

}  // namespace descent::analysis
