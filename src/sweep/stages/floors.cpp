#include "sweep/stages/floors.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/core/text.hpp"
#include "sweep/journal/piece.hpp"
#include "sweep/pool.hpp"
#include "sweep/search/training.hpp"
#include "sweep/stages/noise_budget.hpp"

namespace descent::sweep {
namespace {

constexpr std::uint64_t kFloorSeed = 3000001;  // apart from those of the report and of the search

/// The record of a series whose floor run is still to come, or the reason why there will be none.
record::FloorRun prepare(const SweepState& state, const SeriesState& series) {
  record::FloorRun record;
  record.series = series.record.id, record.workload = series.record.workload;
  record.batch = series.plan.batch, record.lr = series.record.chosen_lr;
  record.status = record::FloorStatus::not_run;
  if (series.plan.schedule != record::RateSchedule::constant) {
    record.status = record::FloorStatus::not_constant_rate;
  } else if (!state.workloads[series.plan.workload].value_at(1)) {
    record.status = record::FloorStatus::no_optimum;
  } else if (!series.trajectories.empty()) {
    const record::Trajectory& first = series.trajectories.begin()->second;
    record.first_step = first.steps;
    if (first.status == record::RunStatus::diverged) record.status = record::FloorStatus::diverged;
  }
  return record;
}

FloorPiece measure(SweepState& state, const SeriesState& series, const FloorPlan& plan, record::FloorRun record,
                   machine::Team& team) {
  const Stopwatch watch;
  const WorkloadState& workload = state.workloads[series.plan.workload];
  const std::unique_ptr<engine::Objective> objective = state.objective_of(workload, team);
  train::FloorRequest request;
  request.sampling = series.plan.sampling;
  request.batch = static_cast<std::size_t>(series.plan.batch);
  request.rate = series.record.chosen_lr;
  request.seed = kFloorSeed;
  request.start = series.snapshots.back().weights;
  request.optimum = workload.optimum_weights;
  request.spacing = plan.spacing, request.looks = plan.looks, request.epochs = plan.epochs;
  request.cancel = &state.cancel;
  std::optional<record::FloorRun> found = train::run_floor(*objective, *series.plan.method, request);
  if (!found) throw Stopped{};
  found->series = record.series, found->workload = record.workload, found->first_step = record.first_step;
  return {std::move(*found), watch.seconds()};
}

}  // namespace

void run_floors(SweepState& state, std::vector<NoiseCost>& costs, machine::Team& team) {
  if (!state.model->has_exact_moments()) return;
  std::vector<record::FloorRun> floors;
  std::vector<const SeriesState*> owners;
  for (const SeriesState& series : state.series)
    if (series.plan.owned && series.plan.has_plain_noise()) {
      floors.push_back(prepare(state, series));
      owners.push_back(&series);
    }
  Pool pool(team);
  TeamStock stock;
  for (std::size_t i = 0; i < floors.size(); ++i) {
    const SeriesState& series = *owners[i];
    if (floors[i].status != record::FloorStatus::not_run || series.trajectories.empty() || series.snapshots.empty())
      continue;
    const std::optional<FloorPlan> plan = plan_floor(state, series);
    if (!plan) {
      floors[i].status = record::FloorStatus::cost;
      continue;
    }
    pool.submit(static_cast<double>(series.plan.batch), [&, i, plan] {
      if (state.stopping()) return;
      const std::string key =
          fmt::format("{} lr {} from {}: {} looks {} steps apart, {} epochs", floors[i].series,
                      core::shortest(floors[i].lr), floors[i].first_step, plan->looks, plan->spacing, plan->epochs);
      FloorPiece found;
      try {
        found = piece<FloorPiece>(state, "", "floor", key, 1 / static_cast<double>(floors.size()), [&] {
          TeamStock::Loan loan(stock);
          return measure(state, *owners[i], *plan, floors[i], loan.team());
        });
      } catch (const Stopped&) {
        return;
      }
      const std::lock_guard lock(state.mutex);
      state.spend("moments", found.seconds / team.threads());
      costs[owners[i]->plan.workload].seconds += found.seconds / team.threads();
      floors[i] = std::move(found.record);
    });
  }
  pool.run();
  state.report.floors = std::move(floors);
}

}  // namespace descent::sweep
