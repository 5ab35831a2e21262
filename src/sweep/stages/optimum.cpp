#include "descent/solve/optimum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "descent/core/error.hpp"
#include "sweep/journal/piece.hpp"
#include "sweep/search/training.hpp"
#include "sweep/stages/best_known.hpp"
#include "sweep/stages/workloads.hpp"

namespace descent::sweep {
namespace {

constexpr double kGapShare = 5e-4;     // relative to the hardest target's gap: half of what docs/methodology.md allows
constexpr double kLeastSeconds = 0.5;  // for one workload
constexpr double kLeastShare = 0.01;   // of the budget, for one workload, if that is less
constexpr double kGraceShare = 0.1;    // of the budget: time to finish the current pass when a workload's time is over
constexpr double kNothingLeft = 1e-6;  // relative: f(0) − f* counts as a gap only above this
constexpr double kShareWithoutTargets = 1e-2;  // of the gap, if no share of it is a target
// relative gap for larger problems, if the targets do not need a smaller one
constexpr double kLooseGap = 0.05;

/// Seconds that the solver of one workload may take in all. Under a budget: the stage's remaining time divided evenly
/// among the remaining workloads; a little even if no time is left, since a loose bound is still a bound.
double solver_seconds(const SweepState& state, std::size_t workloads_left) {
  const double most = state.options.solver_seconds;
  if (!state.stage_deadline) return most;
  const double left = std::chrono::duration<double>(*state.stage_deadline - SweepState::Clock::now()).count();
  const double least = std::min(kLeastSeconds, kLeastShare * *state.options.budget_seconds);
  return std::clamp(left / static_cast<double>(workloads_left), least, most);
}

/// The moment at which the solver of a workload ends even inside a pass; empty without a budget.
std::optional<SweepState::Clock::time_point> give_up_time(const SweepState& state, double seconds) {
  if (!state.options.budget_seconds) return std::nullopt;
  const std::chrono::duration<double> most(
      std::max(kLeastSeconds, seconds + kGraceShare * *state.options.budget_seconds));
  return SweepState::Clock::now() + std::chrono::duration_cast<SweepState::Clock::duration>(most);
}

/// Solves for the optimum to the gap that the hardest target needs: for losses with kinks, the last digits of large
/// problems would take most of the time. Small problems are solved at least to the default gap.
std::optional<solve::Optimum> solve_to_need(SweepState& state, const record::Workload& record,
                                            const train::Problem& problem, machine::Team& team, double seconds) {
  const data::Dataset& data = state.data.training;
  solve::OptimumOptions options;
  options.max_seconds = seconds;
  options.give_up_at = give_up_time(state, seconds);
  options.cancel = &state.cancel;
  options.kinked_gap_share =
      kGapShare * (state.options.targets.empty() ? kShareWithoutTargets : state.options.targets.back());
  if (static_cast<double>(data.rows()) * static_cast<double>(record.parameters) > kSmallWork)
    options.kinked_relative_gap = kLooseGap;
  return state.model->optimum(problem, team, options);
}

/// Everything about the workload that does not need the optimum. Throws Stopped where the budget is over first.
SolvedPiece describe(SweepState& state, const WorkloadPlan& plan, const WorkloadState& workload, machine::Team& team,
                     double seconds) {
  solve::OptimumOptions limits;
  limits.give_up_at = give_up_time(state, seconds);
  limits.cancel = &state.cancel;
  const std::optional<train::ProblemFacts> found = state.model->facts(state.problem_of(workload, team), team, limits);
  if (!found) throw Stopped{};
  const train::ProblemFacts& facts = *found;
  record::Workload record;
  record.id = plan.id;
  record.dataset = plan.dataset;
  record.model = state.options.model;
  record.loss = plan.loss;
  record.l2 = state.options.l2;
  record.parameters = static_cast<std::int64_t>(facts.parameters);
  record.outputs = static_cast<int>(facts.outputs);
  record.smooth = facts.smooth;
  record.convex = facts.convex;
  record.saddle_curvature = facts.saddle_curvature;
  record.saddle_noise = facts.saddle_noise;
  record.f0 = facts.f0;
  return {std::move(record), {}, facts.one_start};
}

SolvedPiece solve(SweepState& state, const WorkloadPlan& plan, const WorkloadState& workload, machine::Team& team,
                  std::size_t workloads_left) {
  SolvedPiece solved = describe(state, plan, workload, team, solver_seconds(state, workloads_left));
  record::Workload& record = solved.record;
  const std::optional<solve::Optimum> found =
      solve_to_need(state, record, state.problem_of(workload, team), team, solver_seconds(state, workloads_left));
  if (state.cancel) throw Stopped{};
  record.optimum_kind = record::OptimumKind::none;
  if (!found) return solved;
  const solve::Optimum& optimum = *found;
  // A solver that was given up leaves no optimum in the journal, so that a resumed run computes it.
  if (optimum.kind == record::OptimumKind::none && optimum.solver.empty()) throw Stopped{};
  record.optimum_kind = optimum.kind;
  record.optimum_value = optimum.value;
  record.optimum_gap = optimum.gap;
  record.optimum_dual = optimum.dual;
  record.optimum_gradient_norm = optimum.gradient_norm;
  record.optimum_solver = optimum.solver;
  record.curvature_least = optimum.curvature_least;
  record.curvature_most = optimum.curvature_most;
  record.curvature_kind = optimum.curvature_least ? record::CurvatureKind::exact : record::CurvatureKind::none;
  record.optimum_passage = optimum.passage;
  record.note = optimum.note;
  if (!optimum.weights.empty() && state.data.validation.rows() > 0) {
    const std::vector<float> weights(optimum.weights.begin(), optimum.weights.end());
    record.optimum_validation_accuracy = state.objective_of(workload, team)->evaluate(weights).validation_accuracy;
  }
  solved.weights = optimum.weights;
  return solved;
}

/// One planned workload with its optimum.
WorkloadState make_workload(SweepState& state, const WorkloadPlan& plan, machine::Team& team,
                            std::size_t workloads_left) {
  WorkloadState workload;
  workload.loss = loss_of(plan.loss);
  SolvedPiece solved = piece<SolvedPiece>(state, "optimum", "workload", plan.id, 1,
                                          [&] { return solve(state, plan, workload, team, workloads_left); });
  workload.record = std::move(solved.record), workload.one_start = solved.one_start;
  if (workload.record.optimum_kind != record::OptimumKind::none) workload.optimum_weights = std::move(solved.weights);
  complete(state, workload, team);
  return workload;
}

/// The reason if there is nothing to search and to train, else "": the start is the optimum as far as the certificate
/// tells, or no lower value was found, so δ would be a ratio of rounding errors.
std::string nothing_to_descend(const SweepState& state, const record::Workload& record) {
  if (state.data.training.rows() == 0) return "";  // a landscape's start is not W = 0
  const double small = kNothingLeft * std::abs(record.f0);
  if (record.optimum_kind == record::OptimumKind::none || !record.optimum_value) return "";
  if (record.f0 - *record.optimum_value > small) return "";
  if (record.optimum_kind == record::OptimumKind::certified && record.optimum_gap && *record.optimum_gap <= small)
    return fmt::format("W = 0 is optimal for {}: there is nothing to descend", record.id);
  return fmt::format("nothing below W = 0 was found for {}: there is nothing to descend", record.id);
}

}  // namespace

void find_optima(SweepState& state) {
  const SeriesTable& table = state.table;
  state.enter("optimum", table.workloads.size(), static_cast<double>(table.workloads.size()), 0.3);
  const int most = *std::max_element(state.options.threads.begin(), state.options.threads.end());
  machine::Team team({std::min(machine::available_cpus(), most), state.options.pin, state.options.placement});
  for (const WorkloadPlan& plan : table.workloads) {
    const std::size_t index = state.workloads.size();
    if (std::any_of(table.series.begin(), table.series.end(),
                    [&](const SeriesPlan& series) { return series.workload == index && series.owned; })) {
      try {
        state.workloads.push_back(make_workload(state, plan, team, table.workloads.size() - index));
      } catch (const Stopped&) {
        if (state.cancel) return;
        state.gave_up = true;
        state.warn(fmt::format("{}: finding its optimum did not fit into the budget, so it is left out", plan.id));
        state.workloads.emplace_back();
        state.workloads.back().record.id = plan.id;
        state.workloads.back().wanted = false;
        continue;
      }
      WorkloadState& workload = state.workloads.back();
      if (const std::string nothing = nothing_to_descend(state, workload.record); !nothing.empty()) {
        workload.at_rest = true;
        workload.record.note = nothing;
        state.warn(nothing);
      }
    } else {  // all its series belong to other shards
      state.workloads.emplace_back();
      state.workloads.back().record.id = plan.id;
      state.workloads.back().wanted = false;
    }
  }
  find_best_known(state, team);
  if (state.cancel) return;
  if (!state.workloads.empty() && std::all_of(state.workloads.begin(), state.workloads.end(),
                                              [](const WorkloadState& workload) { return workload.at_rest; }))
    throw core::InputError(fmt::format("{}: {}; expected data and losses that training changes",
                                       state.data.training.source, state.workloads.front().record.note));
  for (const SeriesPlan& plan : table.series)
    if (const WorkloadState& workload = state.workloads[plan.workload]; workload.wanted && !workload.at_rest)
      if (std::optional<SeriesState> series = make_series(state, plan)) state.series.push_back(std::move(*series));
}

}  // namespace descent::sweep
