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
constexpr std::size_t kEnoughForOrder = 6;  // values whose extremes hold the median between them in 95 % of cases

/// Share of the steps that is taken near each phase's weights: the cost between two of them is taken to change evenly,
/// so that each counts for half of the way to its neighbours. The middle is where kMiddleDelta is
/// passed, or the first target where it is not.
std::map<std::string, double> shares_of(const record::Report& report, const record::Series& series) {
  std::vector<record::Target> targets{{record::TargetKind::suboptimality, record::kMiddleDelta}};
  targets.insert(targets.end(), report.targets.begin(), report.targets.end());
  const record::Workload* const workload = find_workload(report, series.workload);
  if (workload != nullptr)
    for (const record::Trajectory& run : report.trajectories) {
      if (run.series != series.id || run.status != record::RunStatus::completed || run.steps <= 0) continue;
      std::optional<Passage> passage;  // of the middle, else of the first target that was passed
      for (std::size_t t = 0; t < targets.size() && !passage; ++t)
        passage = passage_of(series, run, *workload, targets[t], level_of(*workload, targets[t]).value_or(-1));
      if (!passage) break;
      const auto done = static_cast<double>(run.done_step > 0 ? run.done_step : run.steps);
      const double before = std::min(1.0, passage->step / done);
      return {{"start", before / 2}, {"middle", 0.5}, {"end", (1 - before) / 2}};
    }
  return {{"start", 0.5}, {"middle", 0.5}, {"end", 0.5}};
}

}  // namespace

double InvocationTimes::mean(const std::map<std::string, double>& shares) const {
  // A phase that is not known, and phases that have no steps at all, count alike.
  double sum = 0, total = 0, plain = 0;
  for (const auto& [phase, samples] : phases) {
    const auto share = phases.size() == 2 ? shares.end() : shares.find(phase);
    const double weight = share == shares.end() ? 0.5 : share->second, mean = stats::mean(samples);
    sum += weight * mean, total += weight, plain += mean / static_cast<double>(phases.size());
  }
  return total > 0 ? sum / total : plain;
}

std::vector<double> CellTimes::relative_samples() const {
  std::map<std::string, std::vector<double>> by_phase;
  for (const InvocationTimes& invocation : invocations)
    for (const auto& [phase, of_phase] : invocation.phases)
      by_phase[phase].insert(by_phase[phase].end(), of_phase.begin(), of_phase.end());
  std::vector<double> relative;
  for (const auto& [phase, of_phase] : by_phase) {
    const double centre = stats::median(of_phase);
    for (const double sample : of_phase) relative.push_back(sample / centre);
  }
  return relative;
}

std::optional<double> CellTimes::centre() const {
  if (means.empty()) return {};
  return stats::median(means);
}

std::optional<double> CellTimes::drawn(core::CounterRandom& random) const {
  if (means.size() < 2) return resampled(random);
  if (means.size() < kEnoughForOrder) {
    std::vector<double> logs;
    for (const double mean : means) logs.push_back(std::log(mean));
    return std::exp(stats::draw_mean(random, logs));
  }
  std::vector<double> sorted = means;
  std::sort(sorted.begin(), sorted.end());
  return stats::draw_median(random, sorted);
}

std::optional<stats::Interval> CellTimes::interval(std::uint64_t seed) const {
  return stats::bootstrap(seed, kReplicates, [this](core::CounterRandom& random) { return drawn(random); });
}

std::optional<double> CellTimes::resampled(core::CounterRandom& random) const {
  if (means.empty()) return {};
  std::vector<double> drawn;
  for (const std::size_t i : stats::resample(random, means.size())) drawn.push_back(mean_again(i, random));
  return stats::median(drawn);
}

std::optional<double> CellTimes::at(std::span<const int> drawn_ids, core::CounterRandom* random) const {
  std::vector<double> drawn;
  for (const int id : drawn_ids) {
    const auto found = std::find(ids.begin(), ids.end(), id);
    if (found == ids.end()) return {};
    const auto i = static_cast<std::size_t>(found - ids.begin());
    drawn.push_back(random == nullptr ? means[i] : mean_again(i, *random));
  }
  if (drawn.empty()) return {};
  return stats::median(drawn);
}

double CellTimes::mean_again(std::size_t invocation, core::CounterRandom& random) const {
  if (means.size() >= kEnoughInvocations) return means[invocation];
  InvocationTimes again;
  for (const auto& [phase, samples_of_phase] : invocations[invocation].phases)
    for (const std::size_t j : stats::resample(random, samples_of_phase.size()))
      again.phases[phase].push_back(samples_of_phase[j]);
  return again.mean(shares);
}

InvocationTimes invocation_times(const record::Timing& timing) {
  InvocationTimes times;
  times.id = timing.invocation;
  for (std::size_t i = 0; i < timing.seconds_per_step.size(); ++i)
    times.phases[i < timing.phase.size() ? timing.phase[i] : ""].push_back(timing.seconds_per_step[i]);
  return times;
}

CellTimes cell_times(const record::Report& report, const record::Series& series, const record::Cell& cell) {
  CellTimes times;
  std::set<std::string> phases;
  times.shares = shares_of(report, series);
  for (const record::Timing& timing : report.timings) {
    if (timing.cell != cell.id || timing.seconds_per_step.empty() || timing.twin == "b") continue;
    InvocationTimes invocation = invocation_times(timing);
    for (const auto& [phase, samples] : invocation.phases) phases.insert(phase);
    times.means.push_back(invocation.mean(times.shares));
    times.ids.push_back(timing.invocation);
    times.invocations.push_back(std::move(invocation));
    times.samples.insert(times.samples.end(), timing.seconds_per_step.begin(), timing.seconds_per_step.end());
    times.flops = timing.flops, times.bytes = timing.bytes, times.schedule = timing.schedule;
    times.disturbed += timing.suspect;
    times.unbound += timing.unbound > 0;
    times.oversubscribed = times.oversubscribed || timing.oversubscribed;
  }
  times.phases = fmt::format("{}", fmt::join(phases, ","));
  return times;
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
