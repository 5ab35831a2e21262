#include "descent/solve/optimum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "descent/core/error.hpp"
#include "sweep/journal/piece.hpp"
#include "sweep/search/training.hpp"
#include "sweep/state.hpp"

namespace descent::sweep {
namespace {

constexpr double kGapShare = 5e-4;     // of the hardest target's gap: half of what methodology §1 allows
constexpr double kLeastSeconds = 0.5;  // of one workload, whatever is left of a budget
constexpr double kLooseGap = 0.05;     // relative, of larger ones, where the targets need no less

/// Seconds that the solver of one workload may take in all. Under a budget, an even part of what the stage has left for
/// the workloads still to come; a little even where nothing is left, since a bound that is not tight is still one.
double solver_seconds(const SweepState& state, std::size_t workloads_left) {
  const double most = state.options.solver_seconds;
  if (!state.stage_deadline) return most;
  const double left = std::chrono::duration<double>(*state.stage_deadline - SweepState::Clock::now()).count();
  return std::min(most, std::max(kLeastSeconds, left / static_cast<double>(workloads_left)));
}

/// The optimum to the gap that the hardest target needs: with kinks the last digits of large problems cost most of the
/// time. Small ones are solved to the default gap, and further where the target needs more.
std::optional<solve::Optimum> solve_to_need(SweepState& state, const record::Workload& record,
                                            const train::Problem& problem, machine::Team& team, double seconds) {
  const data::Dataset& data = state.data.training;
  solve::OptimumOptions options;
  options.max_seconds = seconds;
  options.cancel = &state.cancel;
  options.kinked_gap_share = kGapShare * state.options.targets.back();
  if (static_cast<double>(data.rows()) * static_cast<double>(record.parameters) > kSmallWork)
    options.kinked_relative_gap = kLooseGap;
  return state.model->optimum(problem, team, options);
}

/// Everything about the workload that does not need the optimum.
record::Workload describe(SweepState& state, const WorkloadPlan& plan, WorkloadState& workload, machine::Team& team) {
  const train::ProblemFacts facts = state.model->facts(state.problem_of(workload, team), team);
  record::Workload record;
  record.id = plan.id;
  record.dataset = plan.dataset;
  record.model = state.options.model;
  record.loss = plan.loss;
  record.l2 = state.options.l2;
  record.parameters = static_cast<std::int64_t>(facts.parameters);
  record.columns = static_cast<int>(facts.columns);
  record.smooth = facts.smooth;
  record.convex = facts.convex;
  record.f0 = facts.f0;
  workload.one_start = facts.one_start;
  return record;
}

SolvedPiece solve(SweepState& state, const WorkloadPlan& plan, WorkloadState& workload, machine::Team& team,
                  std::size_t workloads_left) {
  record::Workload record = describe(state, plan, workload, team);
  const std::optional<solve::Optimum> found =
      solve_to_need(state, record, state.problem_of(workload, team), team, solver_seconds(state, workloads_left));
  if (state.cancel) throw Stopped{};  // an optimum that was given up is none
  record.optimum_kind = record.curvature_kind = "none";
  if (!found) return {std::move(record), {}};
  const solve::Optimum& optimum = *found;
  record.optimum_kind = optimum.kind;
  record.optimum_value = optimum.value;
  record.optimum_gap = optimum.gap;
  record.optimum_dual = optimum.dual;
  record.optimum_gradient_norm = optimum.gradient_norm;
  record.optimum_solver = optimum.solver;
  record.curvature_least = optimum.curvature_least;
  record.curvature_most = optimum.curvature_most;
  record.curvature_kind = optimum.curvature_least ? "exact" : "none";
  record.optimum_passage = optimum.passage;
  record.note = optimum.note;
  if (!optimum.weights.empty() && state.data.validation.rows() > 0) {
    const std::vector<float> weights(optimum.weights.begin(), optimum.weights.end());
    record.optimum_validation_accuracy = state.objective_of(workload, team)->evaluate(weights).validation_accuracy;
  }
  return {std::move(record), optimum.weights};
}

/// Smoothness and the like of one planned workload, with its optimum unless there are only timings to take.
WorkloadState make_workload(SweepState& state, const WorkloadPlan& plan, machine::Team& team,
                            std::size_t workloads_left) {
  WorkloadState workload;
  if (state.data.training.rows() > 0) workload.loss = loss::make_loss(plan.loss);
  if (state.options.shard_what == "timings") {
    workload.record = describe(state, plan, workload, team);
  } else {
    SolvedPiece solved = piece<SolvedPiece>(state, "optimum", "workload", plan.id, 1,
                                            [&] { return solve(state, plan, workload, team, workloads_left); });
    workload.record = std::move(solved.record);
    if (workload.record.optimum_kind != "none") workload.optimum_weights = std::move(solved.weights);
  }
  const record::DatasetRecord& dataset = state.report.datasets.front();
  workload.constants = {static_cast<std::size_t>(dataset.n), dataset.lambda1, dataset.max_row_norm_squared,
                        workload.record.columns, workload.record.f0};
  workload.record.smoothness = state.model->smoothness(state.problem_of(workload, team), workload.constants);
  constexpr std::uint64_t kFirstSeed = 1;
  const std::unique_ptr<engine::Objective> objective = state.objective_of(workload, team);
  workload.start.resize(objective->parameters());
  objective->initial(kFirstSeed, workload.start);
  return workload;
}

/// What the report has to know of an optimizer's steps on batches of this size.
void describe_steps(const SeriesPlan& plan, std::size_t rows, record::Series& record) {
  record.optimizer = plan.optimizer;
  record.batch = plan.batch;
  record.full_batch = plan.full_batch;
  record.stochastic = !plan.full_batch;
  record.plain_step = plan.method->plain_step();
  record.rows_per_step = plan.method->rows_per_step(rows, static_cast<std::size_t>(plan.batch));
}

/// Learning-rate rules and ids are final now: without an optimum there is no target to tune for, and theory gives the
/// rate.
void add_series(SweepState& state, const SeriesPlan& plan) {
  const WorkloadState& workload = state.workloads[plan.workload];
  SeriesState series;
  series.plan = plan;
  if (plan.lr_rule != "fixed" && !workload.value_at(plan.target)) {
    if (plan.lr_rule != "tuned" || !plan.headline) return;
    series.plan.lr_rule = "theory";
    if (workload.wanted && !state.has_theory(workload))
      throw core::UsageError(
          fmt::format("--lr: found auto; expected a rate: model {} knows neither an optimum to search "
                      "by nor a rate of theory",
                      state.options.model));
  }
  record::Series& record = series.record;
  record.id = series_id(series.plan, workload.record.id);
  record.workload = workload.record.id;
  describe_steps(plan, state.data.training.rows(), record);
  record.sampling = plan.sampling;
  record.schedule = plan.schedule;
  record.lr_rule = series.plan.lr_rule;
  if (series.plan.lr_rule == "tuned") record.tuned_for = plan.target;
  if (workload.wanted && series.plan.lr_rule == "theory") record.chosen_lr = state.first_rate(workload, series.plan);
  record.budget_steps = plan.max_steps;
  record.status = "not_run";
  state.series.push_back(std::move(series));
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
        return;
      }
    } else {  // only other shards have series of it
      state.workloads.emplace_back();
      state.workloads.back().record.id = plan.id;
      state.workloads.back().wanted = false;
    }
  }
  for (const SeriesPlan& plan : table.series) add_series(state, plan);
}

}  // namespace descent::sweep
