#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "descent/core/text.hpp"
#include "descent/sweep/load_options.hpp"
#include "sweep/sharing.hpp"
#include "sweep/timing/timing.hpp"

namespace descent::sweep {
namespace {

/// Does the share of examples with a gradient change so much that the cost of a step may?
bool active_fraction_changes(const SeriesState& series) {
  if (series.trajectories.empty()) return false;
  const std::vector<record::Real>& active = series.trajectories.begin()->second.curve.active_fraction;
  if (active.empty() || !active.front() || !active.back()) return false;
  return std::abs(*active.front() - *active.back()) > 0.05;
}

/// Start, δ = 1e-1 and end for losses whose active fraction changes; one of them where it does not.
void add_phases(const SeriesState& series, std::size_t parameters, TimingOrder& order, TimingCell& cell) {
  const bool all = active_fraction_changes(series);
  if (all || series.snapshots.empty()) {
    cell.phases.push_back({"start", 0, order.weights.size()});
    order.weights.emplace_back(parameters, 0.0F);
  }
  if (series.snapshots.empty()) return;
  // δ = 1e-1 where the run passed it, else the first target.
  const auto tenth = std::find_if(series.snapshots.begin(), series.snapshots.end(),
                                  [](const Snapshot& snapshot) { return snapshot.label == core::shortest(0.1); });
  const Snapshot& middle = tenth == series.snapshots.end() ? series.snapshots.front() : *tenth;
  const Snapshot& end = series.snapshots.back();
  if (&middle != &end || !all) {
    cell.phases.push_back({&middle == &end ? "end" : "middle", middle.step, order.weights.size()});
    order.weights.push_back(middle.weights);
  }
  if (!all) return;
  cell.phases.push_back({"end", end.step, order.weights.size()});
  order.weights.push_back(end.weights);
}

/// Cells that get a second name: as many as asked for, spread evenly over all.
std::vector<TimingCell> with_twins(const std::vector<TimingCell>& cells, std::optional<int> asked) {
  constexpr std::size_t kFewest = 4, kMost = 24, kShare = 8;  // a few per cent of the timings
  const std::size_t wanted = std::min(
      cells.size(), asked ? static_cast<std::size_t>(*asked) : std::clamp(cells.size() / kShare, kFewest, kMost));
  std::vector<TimingCell> result;
  std::size_t chosen = 0;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    result.push_back(cells[c]);
    if (chosen * cells.size() >= (c + 1) * wanted) continue;
    ++chosen;
    result.back().twin = "a";
    result.push_back(result.back());
    result.back().twin = "b";
  }
  return result;
}

}  // namespace

TimingOrder make_timing_order(const SweepState& state) {
  TimingOrder order;
  order.data = state.options.data;
  order.content_hash = state.data.training.content_hash;
  order.load = load_options(state.options);
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
  std::sort(order.cells.begin(), order.cells.end(), [](const TimingCell& a, const TimingCell& b) {
    return std::tie(a.workload, a.series, a.batch, a.sampling, a.engine, a.threads) <
           std::tie(b.workload, b.series, b.batch, b.sampling, b.engine, b.threads);
  });
  order.cells = with_twins(order.cells, state.options.aa_cells);
  return order;
}

}  // namespace descent::sweep
