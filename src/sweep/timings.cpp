#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>

#include "descent/core/text.hpp"
#include "descent/machine/environment.hpp"
#include "descent/stats/stability.hpp"
#include "sweep/piece.hpp"
#include "sweep/same_cell.hpp"
#include "sweep/sharing.hpp"
#include "sweep/timing.hpp"

namespace descent {
namespace {

constexpr int kFirstBlocks = 2, kMostBlocks = 8;

/// Does the share of examples with a gradient change so much that the cost of a step may?
bool active_fraction_changes(const SeriesState& series) {
  if (series.trajectories.empty()) return false;
  const std::vector<Real>& active = series.trajectories.begin()->second.curve.active_fraction;
  if (active.empty() || !active.front() || !active.back()) return false;
  return std::abs(*active.front() - *active.back()) > 0.05;
}

/// Start, δ = 1e-1 (the first target) and end for losses whose active fraction changes; one of them where it does not.
void add_phases(const SeriesState& series, std::size_t parameters, TimingOrder& order, TimingCell& cell) {
  const bool all = active_fraction_changes(series);
  if (all || series.snapshots.empty()) {
    cell.phases.push_back({"start", 0, order.weights.size()});
    order.weights.emplace_back(parameters, 0.0F);
  }
  if (series.snapshots.empty()) return;
  const Snapshot& middle = series.snapshots.front();
  const Snapshot& end = series.snapshots.back();
  if (&middle != &end || !all) {
    cell.phases.push_back({&middle == &end ? "end" : "middle", middle.step, order.weights.size()});
    order.weights.push_back(middle.weights);
  }
  if (!all) return;
  cell.phases.push_back({"end", end.step, order.weights.size()});
  order.weights.push_back(end.weights);
}

TimingOrder make_order(const SweepState& state) {
  TimingOrder order;
  order.data = state.options.data;
  order.content_hash = state.data.training.content_hash;
  order.load = {state.options.preprocess, state.options.bias, state.options.validation_fraction};
  order.l2 = state.options.l2;
  order.schedule_of_work = state.options.schedule_of_work;
  order.l2_bytes = l2_bytes_of(state.report.context);
  order.roofs = state.report.roofs;
  order.team.pin = state.options.pin;
  order.team.placement = state.options.placement;
  order.team.oversubscribe = state.options.oversubscribe;
  std::map<std::string, std::size_t> users;  // series of one workload and batch cost the same a step
  const auto cost_key = [](const SeriesState& series) {
    return fmt::format("{} {} {} {}", series.plan.workload, series.plan.optimizer, series.plan.batch,
                       series.plan.sampling);
  };
  for (const SeriesState& series : state.series) users[cost_key(series)] += series.plan.owned;
  const bool alone = state.options.shard_what == "timings";  // from the start, at the rate of theory
  std::set<std::string> seen;
  for (const SeriesState& series : state.series) {
    if (!series.plan.owned || (series.trajectories.empty() && !alone) || !seen.insert(cost_key(series)).second)
      continue;
    const WorkloadState& workload = state.workloads[series.plan.workload];
    TimingCell cell;
    cell.series = users[cost_key(series)] == 1 && !alone ? series.record.id : "";
    cell.workload = workload.record.id;
    cell.loss = workload.record.loss;
    cell.sampling = series.plan.sampling;
    cell.schedule = series.plan.schedule;
    cell.batch = series.plan.batch;
    cell.lr = series.record.chosen_lr;
    cell.seed = series.plan.seeds.front();
    add_phases(series, static_cast<std::size_t>(workload.record.parameters), order, cell);
    for (const std::string& engine : state.options.engines)
      for (const int threads : state.options.threads) {
        cell.engine = engine;
        cell.threads = threads;
        order.cells.push_back(cell);
      }
  }
  return order;
}

/// Blocks that bring the half-width of a process's mean down to `precision`, from the spread within the first
/// processes: the median over cells of the samples' relative deviation, two of its standard errors.
int blocks_for(const std::vector<TimingResult>& results, double precision) {
  std::vector<double> deviations;
  for (const TimingResult& result : results)
    for (const Timing& timing : result.timings) {
      std::map<std::string, std::vector<double>> by_phase;
      for (std::size_t i = 0; i < timing.seconds_per_step.size(); ++i)
        by_phase[timing.phase[i]].push_back(timing.seconds_per_step[i]);
      for (const auto& [phase, samples] : by_phase) {
        if (samples.size() < 2) continue;
        double mean = 0, squares = 0;
        for (const double sample : samples) mean += sample / static_cast<double>(samples.size());
        for (const double sample : samples) squares += (sample - mean) * (sample - mean);
        deviations.push_back(std::sqrt(squares / static_cast<double>(samples.size() - 1)) / mean);
      }
    }
  if (deviations.empty()) return kFirstBlocks;
  std::nth_element(deviations.begin(), deviations.begin() + static_cast<std::ptrdiff_t>(deviations.size() / 2),
                   deviations.end());
  const double needed = 2 * deviations[deviations.size() / 2] / precision;
  return static_cast<int>(std::clamp(std::ceil(needed * needed), double{kFirstBlocks}, double{kMostBlocks}));
}

std::string order_path(const SweepOptions& options) {
  if (!options.out.empty()) return options.out + ".timing";
  return (std::filesystem::temp_directory_path() / fmt::format("descent-{}.timing", getpid())).string();
}

/// Threads beyond the quota are stopped for a part of each period: no timing of them is of the machine.
void warn_of_quota(SweepState& state) {
  const std::optional<double> quota = cpu_quota();
  const int most = *std::max_element(state.options.threads.begin(), state.options.threads.end());
  if (quota && *quota < most)
    state.warn(fmt::format(
        "the control group allows {:.4g} CPUs: found timings on {} threads, expected at most as many", *quota, most));
}

/// The samples of one process, or from the journal.
TimingResult take(SweepState& state, const TimingOrder& order) {
  return piece<TimingResult>(state, "timing", "invocation", std::to_string(order.invocation), 1, [&] {
    TimingResult result = state.options.invocations == 0
                              ? take_timings(order, state.data, state.cancel)
                              : run_in_process(order, order_path(state.options), state.cancel);
    if (state.cancel) throw Stopped{};
    return result;
  });
}

/// Disturbed in some process, drifting over them, or of two speeds.
bool looks_suspect(const std::vector<TimingResult>& results, std::size_t cell) {
  std::map<std::string, std::vector<double>> by_phase;
  bool disturbed = false;
  for (const TimingResult& result : results) {
    const Timing& timing = result.timings[cell];
    disturbed = disturbed || timing.suspect;
    for (std::size_t i = 0; i < timing.seconds_per_step.size(); ++i)
      by_phase[timing.phase[i]].push_back(timing.seconds_per_step[i]);
  }
  return disturbed || std::any_of(by_phase.begin(), by_phase.end(), [](const auto& phase) {
           return stats::drift(phase.second).has_value() || stats::bimodal(phase.second);
         });
}

/// Suspect cells meet further processes, which hold nothing else: at most one to every four there were.
void measure_again(SweepState& state, const TimingOrder& order, std::vector<TimingResult>& results) {
  const int done = static_cast<int>(results.size());
  if (done < 2 || done < state.options.invocations) return;
  std::vector<TimingResult> again;
  for (int extra = 0; extra < done / 4 && !state.stopping(); ++extra) {
    TimingOrder rest = order;
    rest.invocation = done + 1 + extra;
    rest.cells.clear();
    for (std::size_t cell = 0; cell < order.cells.size(); ++cell)
      if (looks_suspect(results, cell)) rest.cells.push_back(order.cells[cell]);
    if (rest.cells.empty()) break;
    try {
      again.push_back(take(state, rest));
    } catch (const Stopped&) {
      break;
    }
  }
  std::move(again.begin(), again.end(), std::back_inserter(results));
}

/// Says so where timings stayed disturbed.
void note_disturbance(Report& report) {
  if (report.timings.empty()) return;
  int disturbed = 0;
  double least = 1;
  for (const Timing& timing : report.timings) {
    disturbed += timing.suspect;
    if (!timing.oversubscribed) least = std::min(least, timing.cpu_share);
  }
  const auto all = static_cast<double>(report.timings.size());
  report.checks.push_back(
      {"disturbance", "timings", disturbed == 0 ? "ok" : "suspect", disturbed / all, std::nullopt, std::nullopt,
       fmt::format("{} of {} timings stayed disturbed after being taken again; a worker had its CPU for as little as "
                   "{:.0f} % of a sample",
                   disturbed, report.timings.size(), 100 * least)});
}

}  // namespace

void run_timings(SweepState& state) {
  if (state.cancel || state.options.shard_what == "statistics") return;
  TimingOrder order = make_order(state);
  if (order.cells.empty()) return;
  warn_of_quota(state);
  const int invocations = std::max(1, state.options.invocations);
  state.enter("time", static_cast<std::size_t>(invocations), invocations, 0.9);
  std::vector<TimingResult> results;
  for (int i = 0; i < invocations && !state.cancel; ++i) {
    if (i > 0 && state.stopping()) break;
    order.invocation = state.options.invocations == 0 ? 0 : i + 1;
    order.blocks = i < 2 ? kFirstBlocks : blocks_for({results.begin(), results.begin() + 2}, state.options.precision);
    try {
      results.push_back(take(state, order));
    } catch (const Stopped&) {
      break;
    }
  }
  measure_again(state, order, results);
  Report& report = state.report;
  for (TimingResult& result : results) {
    report.invocations.push_back(result.invocation);
    report.sentinels.insert(report.sentinels.end(), result.sentinels.begin(), result.sentinels.end());
    report.timings.insert(report.timings.end(), result.timings.begin(), result.timings.end());
  }
  for (const Check& check : compare_with_itself(report.timings)) report.checks.push_back(check);
  note_disturbance(report);
}

}  // namespace descent
