#include "descent/solve/optimum.hpp"

#include <algorithm>
#include <chrono>

#include "descent/engine/linear_objective.hpp"
#include "sweep/journal/piece.hpp"
#include "sweep/search/training.hpp"
#include "sweep/state.hpp"

namespace descent::sweep {
namespace {

constexpr double kGapShare = 5e-4;     // of the hardest target's gap: half of what methodology §1 allows
constexpr double kSmallWork = 5e7;     // rows × parameters up to which problems are solved to the default gap at least
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
solve::Optimum solve_to_need(SweepState& state, const record::Workload& record, const loss::Loss& loss,
                             machine::Team& team, double seconds) {
  const data::Dataset& data = state.data.training;
  solve::OptimumOptions options;
  options.max_seconds = seconds;
  options.cancel = &state.cancel;
  options.kinked_gap_share = kGapShare * state.options.targets.back();
  if (static_cast<double>(data.rows()) * static_cast<double>(record.parameters) > kSmallWork)
    options.kinked_relative_gap = kLooseGap;
  return solve::solve_optimum(data, loss, state.options.l2, team, options);
}

/// Everything about the workload that does not need the optimum.
record::Workload describe(SweepState& state, const WorkloadPlan& plan, WorkloadState& workload, machine::Team& team) {
  const engine::LinearProblem problem{state.data.training, *workload.loss, state.options.l2};
  const loss::LossTraits traits = workload.loss->traits();
  record::Workload record;
  record.id = plan.id;
  record.dataset = plan.dataset;
  record.model = state.options.model;
  record.loss = plan.loss;
  record.l2 = state.options.l2;
  record.parameters = static_cast<std::int64_t>(problem.parameters());
  record.columns = static_cast<int>(problem.columns());
  record.smooth = traits.smooth;
  record.convex = traits.convex;
  const std::vector<double> start(problem.parameters(), 0.0);
  record.f0 = solve::exact_value(state.data.training, *workload.loss, state.options.l2, start, team);
  return record;
}

SolvedPiece solve(SweepState& state, const WorkloadPlan& plan, WorkloadState& workload, machine::Team& team,
                  std::size_t workloads_left) {
  record::Workload record = describe(state, plan, workload, team);
  const solve::Optimum optimum =
      solve_to_need(state, record, *workload.loss, team, solver_seconds(state, workloads_left));
  if (state.cancel) throw Stopped{};  // an optimum that was given up is none
  record.optimum_kind = record::from_text<record::OptimumKind>(optimum.kind).value();
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
    engine::LinearObjective objective(state.data, *workload.loss, state.options.l2, *state.engine, team);
    record.optimum_validation_accuracy = objective.evaluate(weights).validation_accuracy;
  }
  return {std::move(record), optimum.weights};
}

/// Smoothness and the like of one planned workload, with its optimum unless there are only timings to take.
WorkloadState make_workload(SweepState& state, const WorkloadPlan& plan, machine::Team& team,
                            std::size_t workloads_left) {
  WorkloadState workload;
  workload.loss = loss::make_loss(plan.loss);
  if (state.options.shard_what == "timings") {
    workload.record = describe(state, plan, workload, team);
  } else {
    SolvedPiece solved = piece<SolvedPiece>(state, "optimum", "workload", plan.id, 1,
                                            [&] { return solve(state, plan, workload, team, workloads_left); });
    workload.record = std::move(solved.record);
    if (workload.record.optimum_kind != record::OptimumKind::none) workload.optimum_weights = std::move(solved.weights);
  }
  const record::DatasetRecord& dataset = state.report.datasets.front();
  workload.constants = {static_cast<std::size_t>(dataset.n), dataset.lambda1, dataset.max_row_norm_squared,
                        workload.record.columns, workload.record.f0};
  workload.record.smoothness =
      train::smoothness_constant(workload.loss->traits(), workload.constants, state.options.l2);
  return workload;
}

/// What the report has to know of an optimizer's steps on batches of this size.
void describe_steps(const SeriesPlan& plan, std::size_t rows, record::Series& record) {
  record.optimizer = plan.optimizer;
  record.batch = plan.batch;
  record.full_batch = plan.optimizer == "gd";
  record.stochastic = !record.full_batch;
  record.plain_step = true;
  record.rows_per_step = static_cast<double>(record.full_batch ? static_cast<std::int64_t>(rows) : plan.batch);
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
  }
  record::Series& record = series.record;
  record.id = series_id(series.plan, workload.record.id);
  record.workload = workload.record.id;
  describe_steps(plan, state.data.training.rows(), record);
  record.sampling = plan.sampling;
  record.schedule = plan.schedule;
  record.lr_rule = series.plan.lr_rule;
  if (series.plan.lr_rule == "tuned") record.tuned_for = plan.target;
  if (workload.loss && series.plan.lr_rule == "theory")
    record.chosen_lr = train::reference_rate(workload.loss->traits(), workload.constants, state.options.l2,
                                             static_cast<std::size_t>(plan.batch));
  record.budget_steps = plan.max_steps;
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
