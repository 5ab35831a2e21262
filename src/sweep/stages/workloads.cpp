#include "sweep/stages/workloads.hpp"

#include <fmt/format.h>

#include "descent/core/error.hpp"

namespace descent::sweep {
namespace {

/// Fills in what the report says about an optimizer's steps on batches of this size.
void describe_steps(const SeriesPlan& plan, std::size_t rows, record::Series& record) {
  record.optimizer = plan.optimizer;
  record.batch = plan.batch;
  record.full_batch = plan.full_batch;
  record.stochastic = !plan.full_batch;
  record.unrepeatable = !plan.method->reproducible();
  record.plain_step = plan.method->plain_step();
  record.rows_per_step = plan.method->rows_per_step(rows, static_cast<std::size_t>(plan.batch));
}

}  // namespace

std::unique_ptr<loss::Loss> loss_of(const std::string& name) {
  return name != kNoLoss ? loss::make_loss(name) : nullptr;
}

void complete(SweepState& state, WorkloadState& workload, machine::Team& team) {
  const record::DatasetRecord& dataset = state.report.datasets.front();
  workload.constants = {static_cast<std::size_t>(dataset.n), dataset.lambda1, dataset.max_row_norm_squared,
                        workload.record.outputs, workload.record.f0};
  workload.record.smoothness = state.model->smoothness(state.problem_of(workload, team), workload.constants);
  constexpr std::uint64_t kFirstSeed = 1;
  const std::unique_ptr<engine::Objective> objective = state.objective_of(workload, team);
  workload.start.resize(objective->parameters());
  objective->initial(kFirstSeed, workload.start);
}

std::optional<SeriesState> make_series(const SweepState& state, const SeriesPlan& plan) {
  const WorkloadState& workload = state.workloads[plan.workload];
  SeriesState series;
  series.plan = plan;
  if (plan.lr_rule != record::RateRule::fixed && !workload.value_at(plan.aim())) {
    if (plan.lr_rule != record::RateRule::tuned || !plan.headline) return std::nullopt;
    series.plan.lr_rule = record::RateRule::theory;
    const bool has_rate = !workload.wanted || state.has_theory(workload);
    if (!has_rate && workload.gave_up) return std::nullopt;
    if (!has_rate)
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
  record.target_kind = plan.target_kind;
  if (series.plan.lr_rule == record::RateRule::tuned) record.tuned_for = plan.target;
  if (workload.wanted && series.plan.lr_rule == record::RateRule::theory)
    record.chosen_lr = state.first_rate(workload, series.plan);
  record.budget_steps = plan.max_steps;
  return series;
}

}  // namespace descent::sweep
