#include "sweep/stages/floors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/core/text.hpp"
#include "descent/stats/steady_state.hpp"
#include "sweep/journal/piece.hpp"
#include "sweep/pool.hpp"
#include "sweep/search/training.hpp"
#include "sweep/stages/noise_budget.hpp"

namespace descent::sweep {
namespace {

constexpr std::uint64_t kFloorSeed = 3000001;  // different from those of the report and the search

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

record::FloorRun measure(SweepState& state, const SeriesState& series, const FloorPlan& plan,
                         const record::FloorRun& record, machine::Team& team) {
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
  return std::move(*found);
}

/// Is the upper end of this floor's interval known to be below the target of the series?
bool is_below_target(const SweepState& state, const SeriesState& series, const record::FloorRun& run) {
  const WorkloadState& workload = state.workloads[series.plan.workload];
  std::vector<double> gap;
  for (const record::Real& loss : run.loss) gap.push_back(loss.value_or(HUGE_VAL) - *workload.record.optimum_value);
  const std::optional<stats::SteadyMean> steady = stats::steady_mean(gap);
  return steady && steady->interval &&
         steady->interval->high < *workload.value_at(series.plan.aim()) - *workload.record.optimum_value;
}

/// The floor runs of a series, in the order in which they are tried; the first that shows the floor goes into the
/// report. The first one is paid from the noise budget, if that suffices for a run that goes far enough.
struct FloorPlans {
  std::optional<FloorPlan> affordable;
  std::vector<FloorPlan> longer;
};
FloorPlans plans_of(const SweepState& state, const SeriesState& series) {
  FloorPlans plans{plan_floor(state, series), {}};
  const std::optional<FloorPlan> first = plan_floor_of_target(state, series, kFloorTimes, kFloorLooks),
                                 second = plan_floor_of_target(state, series, kLongFloorTimes, kLongFloorLooks);
  if (!first) return plans;
  const auto length = [](const FloorPlan& plan) { return static_cast<std::int64_t>(plan.looks) * plan.spacing; };
  if (!plans.affordable || length(*plans.affordable) < length(*first))
    plans.affordable.reset(), plans.longer.push_back(*first);
  plans.longer.push_back(*second);
  return plans;
}

std::string text_of(const FloorPlan& plan) {
  return fmt::format("{} looks {} steps apart, {} epochs", plan.looks, plan.spacing, plan.epochs);
}

FloorPiece measure(SweepState& state, const SeriesState& series, const FloorPlans& plans,
                   const record::FloorRun& record, machine::Team& team) {
  FloorPiece found;
  const Stopwatch watch;
  if (plans.affordable) found.record = measure(state, series, *plans.affordable, record, team);
  found.seconds = plans.affordable ? watch.seconds() : 0;
  for (const FloorPlan& plan : plans.longer) {
    if (found.record.status != record::FloorStatus::none && is_below_target(state, series, found.record)) break;
    found.record = measure(state, series, plan, record, team);
  }
  found.longer_seconds = watch.seconds() - found.seconds;
  return found;
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
    const FloorPlans plans = plans_of(state, series);
    if (!plans.affordable && plans.longer.empty()) {
      floors[i].status = record::FloorStatus::cost;
      continue;
    }
    pool.submit(static_cast<double>(series.plan.batch), [&, i, plans] {
      if (state.stopping()) return;
      std::string key =
          fmt::format("{} lr {} from {}", floors[i].series, core::shortest(floors[i].lr), floors[i].first_step);
      if (plans.affordable) key += ": " + text_of(*plans.affordable);
      for (const FloorPlan& plan : plans.longer) key += "; " + text_of(plan);
      FloorPiece found;
      try {
        found = piece<FloorPiece>(state, "", "floor", key, 1 / static_cast<double>(floors.size()), [&] {
          TeamStock::Loan loan(stock);
          return measure(state, *owners[i], plans, floors[i], loan.team());
        });
      } catch (const Stopped&) {
        return;
      }
      const std::lock_guard lock(state.mutex);
      state.spend("moments", found.seconds / team.threads());
      state.spend("search", found.longer_seconds / team.threads());
      costs[owners[i]->plan.workload].seconds += found.seconds / team.threads();
      floors[i] = std::move(found.record);
    });
  }
  pool.run();
  state.report.floors = std::move(floors);
}

}  // namespace descent::sweep
