#include <algorithm>
#include <cmath>
#include <set>

#include "descent/core/text.hpp"
#include "descent/record/find.hpp"
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

/// The parts of a cell that are known from its series.
record::Cell cell_of(const SweepState& state, const SeriesState& series) {
  record::Cell cell;
  cell.workload = state.workloads[series.plan.workload].record.id;
  cell.optimizer = series.plan.optimizer;
  cell.batch = series.plan.batch;
  cell.sampling = series.plan.sampling;
  return cell;
}

/// Adds the origins of a series to a cell, and their weights to the order.
void add_origins(const SeriesState& series, const std::vector<float>& start, TimingOrder& order, TimingCell& cell) {
  for (const OriginWeights& origin : origins_of(series)) {
    cell.origins.push_back(
        {origin.label, origin.snapshot == nullptr ? 0 : origin.snapshot->step, order.weights.size()});
    order.weights.push_back(origin.snapshot == nullptr ? start : origin.snapshot->weights);
  }
}

/// The cells with second names added: as many as asked for, spread evenly over all cells.
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
    result.back().twin = record::Twin::a;
    result.push_back(result.back());
    result.back().twin = record::Twin::b;
  }
  return result;
}

}  // namespace

std::vector<OriginWeights> origins_of(const SeriesState& series) {
  using enum record::TimedFrom;
  std::vector<OriginWeights> origins;
  const bool all = active_fraction_changes(series);
  if (all || series.snapshots.empty()) origins.push_back({start, nullptr});
  if (series.snapshots.empty()) return origins;
  // kMiddleDelta if the run passed it, else the first target.
  const auto passed = std::find_if(series.snapshots.begin(), series.snapshots.end(), [](const Snapshot& snapshot) {
    return snapshot.label == core::shortest(record::kMiddleDelta);
  });
  const Snapshot& first = passed == series.snapshots.end() ? series.snapshots.front() : *passed;
  const Snapshot& last = series.snapshots.back();
  if (&first != &last || !all) origins.push_back({&first == &last ? end : middle, &first});
  if (all) origins.push_back({end, &last});
  return origins;
}

std::vector<std::size_t> timed_series(const SweepState& state) {
  std::vector<std::size_t> timed;
  std::set<record::Cell> seen;
  for (std::size_t s = 0; s < state.series.size(); ++s) {
    const SeriesState& series = state.series[s];
    if (!series.plan.owned || series.trajectories.empty()) continue;
    if (seen.insert(cell_of(state, series)).second) timed.push_back(s);
  }
  return timed;
}

TimingOrder make_timing_order(const SweepState& state) {
  TimingOrder order;
  order.data = state.options.data;
  order.content_hash = state.data.training.content_hash;
  order.load = load_options(state.options);
  order.model = state.options.model;
  order.l2 = state.options.l2;
  order.sharing = state.options.sharing;
  order.counters = state.options.counters;
  order.l2_bytes = l2_bytes_of(state.report.context);
  order.roofs = state.report.roofs;
  order.team.pin = state.options.pin;
  order.team.placement = state.options.placement;
  order.team.oversubscribe = state.options.oversubscribe;
  for (const std::size_t s : timed_series(state)) {
    const SeriesState& series = state.series[s];
    const WorkloadState& workload = state.workloads[series.plan.workload];
    const std::vector<OriginWeights> origins = origins_of(series);
    if (std::any_of(origins.begin(), origins.end(), [](const OriginWeights& origin) {
          return origin.snapshot != nullptr && origin.snapshot->weights.empty();
        }))
      continue;  // there was no time to train it up to them
    TimingCell timed;
    timed.cell = cell_of(state, series);
    timed.loss = workload.record.loss;
    timed.schedule = series.plan.schedule;
    timed.lr = series.record.chosen_lr;
    timed.seed = series.plan.seeds.front();
    add_origins(series, workload.start, order, timed);
    const int own = series.plan.method->own_threads();
    const std::vector<int> counts = own > 0 ? std::vector<int>{own} : state.options.threads;
    for (const std::string& engine : state.options.engines)
      for (const int threads : counts) {
        timed.cell.engine = engine;
        timed.cell.threads = threads;
        timed.cell.id = record::cell_id(timed.cell);
        order.cells.push_back(timed);
      }
  }
  std::sort(order.cells.begin(), order.cells.end(),
            [](const TimingCell& a, const TimingCell& b) { return a.cell < b.cell; });
  order.cells = with_twins(order.cells, state.options.aa_cells);
  return order;
}

}  // namespace descent::sweep
