#include "analysis/times.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/passage.hpp"
#include "analysis/tables.hpp"
#include "descent/stats/interval.hpp"
#include "descent/stats/summary.hpp"

namespace descent::analysis {
namespace {

constexpr int kReplicates = 2000;
// with this many values the median is between the extremes in at least 95 % of cases
constexpr std::size_t kEnoughForOrder = 6;

/// Where each run passed the middle: kMiddleDelta, or if it did not, the first target that it passed.
std::vector<std::optional<double>> middles_of(const record::Report& report, const record::Series& series,
                                              const record::Workload& workload) {
  std::vector<std::optional<double>> middles;
  std::vector<Target> targets{{record::TargetKind::suboptimality, record::kMiddleDelta}};
  targets.insert(targets.end(), report.targets.begin(), report.targets.end());
  for (const Target& target : targets) {
    const SeriesRuns runs = runs_to_target(report, series, workload, target);
    middles.resize(runs.passages.size());
    for (std::size_t i = 0; i < middles.size(); ++i)
      if (!middles[i] && runs.passages[i]) middles[i] = runs.passages[i]->step;
    if (std::all_of(middles.begin(), middles.end(), [](const auto& middle) { return middle.has_value(); })) break;
  }
  return middles;
}

double end_of(const record::Trajectory& run) {
  return static_cast<double>(run.done_step > 0 ? run.done_step : run.steps);
}

/// Adds to each origin its contribution to the sum of costs over steps 0 … taken; nodes are origins with their steps,
/// in order of steps.
void add_integral(const std::vector<std::pair<record::TimedFrom, double>>& nodes, double taken, OriginShares& sums) {
  for (const auto& [origin, step] : nodes) sums[origin] += 0;  // an origin that the run does not reach has share 0
  sums[nodes.front().first] += std::min(taken, nodes.front().second);
  for (std::size_t i = 0; i + 1 < nodes.size(); ++i) {
    const double from = nodes[i].second, length = nodes[i + 1].second - from;
    const double part = std::min(taken, nodes[i + 1].second) - from;
    if (!(part > 0)) continue;
    const double towards = part * part / (2 * length);  // integral of a weight that grows from 0 to 1 over the length
    sums[nodes[i].first] += part - towards;
    sums[nodes[i + 1].first] += towards;
  }
  sums[nodes.back().first] += std::max(0.0, taken - nodes.back().second);
}

std::vector<double> logs_of(const std::vector<double>& values) {
  std::vector<double> logs;
  for (const double value : values) logs.push_back(std::log(value));
  return logs;
}

}  // namespace

std::vector<PaidSteps> steps_to_level(const record::Report& report, const record::Series& series,
                                      const record::Workload& workload, const Target& target,
                                      std::optional<double> level) {
  const SeriesRuns runs = runs_to_level(report, series, workload, target, level);
  const std::vector<std::optional<double>> middles = middles_of(report, series, workload);
  std::vector<PaidSteps> paid;
  std::size_t i = 0;
  for (const record::Trajectory& run : report.trajectories) {
    if (run.series != series.id || run.status == record::RunStatus::not_run) continue;
    if (run.status == record::RunStatus::completed) paid.push_back({runs.runs[i].time, middles[i], end_of(run)});
    ++i;
  }
  return paid;
}

std::vector<PaidSteps> steps_of_run(const record::Report& report, const record::Trajectory& run) {
  const record::Series* const series = find_series(report, run.series);
  const record::Workload* const workload = series != nullptr ? find_workload(report, series->workload) : nullptr;
  if (workload == nullptr) return {};
  record::Report one;  // a report with only this run of its series
  one.targets = report.targets;
  one.trajectories = {run};
  const std::vector<std::optional<double>> middles = middles_of(one, *series, *workload);
  return {{static_cast<double>(run.steps), middles.empty() ? std::nullopt : middles[0], end_of(run)}};
}

OriginShares shares_of(const std::vector<PaidSteps>& runs, const std::set<record::TimedFrom>& origins) {
  OriginShares sums;
  for (const PaidSteps& run : runs) {
    using record::TimedFrom;
    // If a run did not reach the middle, its end is used.
    const double middle = std::clamp(run.middle.value_or(run.end), 0.0, run.end);
    std::vector<std::pair<record::TimedFrom, double>> nodes;
    for (const auto& [origin, step] :
         {std::pair{TimedFrom::start, 0.0}, std::pair{TimedFrom::middle, middle}, std::pair{TimedFrom::end, run.end}})
      if (origins.contains(origin)) nodes.emplace_back(origin, step);
    if (!nodes.empty()) add_integral(nodes, run.taken, sums);
  }
  double total = 0;
  for (const auto& [origin, sum] : sums) total += sum;
  for (auto& [origin, sum] : sums)
    if (total > 0) sum /= total;
  return sums;
}

double InvocationTimes::mean(const OriginShares& shares) const {
  // An origin without a share counts for half, and if no origin has a share all have equal weight.
  double sum = 0, total = 0, plain = 0;
  for (const auto& [origin, samples] : origins) {
    const auto share = shares.find(origin);
    const double weight = share == shares.end() ? 0.5 : share->second, mean = stats::mean(samples);
    sum += weight * mean, total += weight, plain += mean / static_cast<double>(origins.size());
  }
  return total > 0 ? sum / total : plain;
}

std::vector<double> CellTimes::relative_samples() const {
  std::map<record::TimedFrom, std::vector<double>> by_origin;
  for (const InvocationTimes& invocation : invocations)
    for (const auto& [origin, of_origin] : invocation.origins)
      by_origin[origin].insert(by_origin[origin].end(), of_origin.begin(), of_origin.end());
  std::vector<double> relative;
  for (const auto& [origin, of_origin] : by_origin) {
    const double centre = stats::median(of_origin);
    for (const double sample : of_origin) relative.push_back(sample / centre);
  }
  return relative;
}

std::optional<double> CellTimes::mean_of(int id) const {
  const auto found = std::find(ids.begin(), ids.end(), id);
  if (found == ids.end()) return {};
  return means[static_cast<std::size_t>(found - ids.begin())];
}

std::optional<double> CellTimes::centre() const {
  if (means.empty()) return {};
  return kind() == record::SamplesKind::order ? stats::median(means) : std::exp(stats::mean(logs_of(means)));
}

record::SamplesKind CellTimes::kind() const {
  return means.size() < 2                 ? record::SamplesKind::one_process
         : means.size() < kEnoughForOrder ? record::SamplesKind::t
                                          : record::SamplesKind::order;
}

std::optional<LogError> CellTimes::log_error() const {
  if (kind() != record::SamplesKind::t) return {};
  const auto n = static_cast<double>(means.size());
  return LogError{std::sqrt(stats::variance(logs_of(means)) / n), n - 1};
}

std::optional<double> CellTimes::drawn(core::CounterRandom& random) const {
  if (means.empty()) return {};
  if (kind() == record::SamplesKind::t) return std::exp(stats::draw_mean(random, logs_of(means)));
  if (kind() == record::SamplesKind::order) {
    std::vector<double> sorted = means;
    std::sort(sorted.begin(), sorted.end());
    return stats::draw_median(random, sorted);
  }
  InvocationTimes again;
  for (const auto& [origin, of_origin] : invocations[0].origins)
    for (const std::size_t i : stats::resample(random, of_origin.size())) again.origins[origin].push_back(of_origin[i]);
  return again.mean(shares);
}

std::optional<stats::Interval> CellTimes::interval(std::uint64_t seed) const {
  if (const auto error = log_error()) return interval_of(*centre(), *error);
  if (kind() == record::SamplesKind::order) {
    std::vector<double> sorted = means;
    std::sort(sorted.begin(), sorted.end());
    return stats::median_interval(sorted);
  }
  return stats::bootstrap(seed, kReplicates, [this](core::CounterRandom& random) { return drawn(random); });
}

InvocationTimes invocation_times(const record::Timing& timing) {
  InvocationTimes times;
  times.id = timing.invocation;
  for (std::size_t i = 0; i < timing.seconds_per_step.size(); ++i)
    times.origins[i < timing.timed_from.size() ? timing.timed_from[i] : record::TimedFrom::end].push_back(
        timing.seconds_per_step[i]);
  return times;
}

CellTimes cell_times(const record::Report& report, const record::Cell& cell, const std::vector<PaidSteps>& paid) {
  CellTimes times;
  std::set<record::TimedFrom> origins;
  for (const record::Timing& timing : report.timings) {
    if (timing.cell != cell.id || timing.seconds_per_step.empty() || timing.twin == record::Twin::b) continue;
    times.invocations.push_back(invocation_times(timing));
    for (const auto& [origin, samples] : times.invocations.back().origins) origins.insert(origin);
    times.ids.push_back(timing.invocation);
    times.samples.insert(times.samples.end(), timing.seconds_per_step.begin(), timing.seconds_per_step.end());
    times.work = {timing.flops, timing.int8_ops, timing.bytes, timing.joins};
    times.disturbed += timing.suspect;
    times.unbound += timing.unbound > 0;
    times.oversubscribed = times.oversubscribed || timing.oversubscribed;
  }
  times.shares = shares_of(paid, origins);
  for (const InvocationTimes& invocation : times.invocations) times.means.push_back(invocation.mean(times.shares));
  std::set<std::string> names;
  for (const record::TimedFrom origin : origins) names.insert(record::to_text(origin));
  times.origins = fmt::format("{}", fmt::join(names, ","));
  return times;
}

CellTimes cell_times(const record::Report& report, const record::Series& series, const record::Cell& cell,
                     const std::optional<Target>& target) {
  const record::Workload* const workload = find_workload(report, series.workload);
  const std::optional<Target> aim = target ? target : headline_of(report);
  if (workload == nullptr || !aim) return cell_times(report, cell, std::vector<PaidSteps>{});
  return cell_times(report, cell, steps_to_level(report, series, *workload, *aim, level_of(*workload, *aim)));
}

bool counts(const record::Report& report, const record::Cell& cell, bool oversubscribed) {
  return !oversubscribed ||
         std::all_of(report.timings.begin(), report.timings.end(), [&](const record::Timing& timing) {
           const record::Cell* const other = find_cell(report, timing.cell);
           return timing.oversubscribed || other == nullptr || other->workload != cell.workload;
         });
}

std::vector<const record::Cell*> timed_cells(const record::Report& report, const record::Series& series) {
  std::vector<const record::Cell*> cells;
  for (const record::Cell& cell : report.cells)
    if (record::times(cell, series) &&
        std::any_of(report.timings.begin(), report.timings.end(),
                    [&](const record::Timing& timing) { return timing.cell == cell.id; }))
      cells.push_back(&cell);
  std::sort(cells.begin(), cells.end(), [](const record::Cell* a, const record::Cell* b) { return *a < *b; });
  return cells;
}

}  // namespace descent::analysis
