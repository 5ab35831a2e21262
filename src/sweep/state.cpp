#include "sweep/state.hpp"

#include <algorithm>

#include "sweep/problem.hpp"

namespace descent::sweep {

std::optional<double> WorkloadState::value_at(const record::Target& target) const {
  if (target.kind == record::TargetKind::loss) return target.value;
  return target.kind == record::TargetKind::suboptimality ? value_at(target.value) : std::nullopt;
}

std::optional<double> WorkloadState::value_at(double target) const {
  if (!record.optimum_value || record.optimum_kind == record::OptimumKind::none) return std::nullopt;
  return *record.optimum_value + target * (record.f0 - *record.optimum_value);
}

train::Problem SweepState::problem_of(const WorkloadState& workload, machine::Team& team) {
  return make_problem(placed.of(team), data.validation, workload.loss.get(), options.l2);
}

std::unique_ptr<engine::Objective> SweepState::objective_of(const WorkloadState& workload, machine::Team& team) {
  return train::bind(*model, problem_of(workload, team), *engine, team);
}

bool SweepState::has_theory(const WorkloadState& workload) const {
  const train::Problem problem = make_problem(data.training, data.validation, workload.loss.get(), options.l2);
  return model->theory_rate(problem, workload.constants, 1).has_value();
}

double SweepState::first_rate(const WorkloadState& workload, const SeriesPlan& plan) const {
  constexpr double kGuess = 0.1;
  const auto batch = static_cast<std::size_t>(plan.batch);
  const train::Problem problem = make_problem(data.training, data.validation, workload.loss.get(), options.l2);
  return plan.method->first_rate(model->theory_rate(problem, workload.constants, batch).value_or(kGuess), batch);
}

bool SweepState::stopping() const {
  return cancel.load(std::memory_order_relaxed) || (stage_deadline && Clock::now() >= *stage_deadline);
}

bool SweepState::out_of_time() const {
  return cancel.load(std::memory_order_relaxed) || (options.budget_seconds && elapsed() >= *options.budget_seconds);
}

void SweepState::enter(const std::string& name, std::size_t pieces, double units, double budget_share) {
  const std::lock_guard lock(mutex);
  remaining.enter(name, units, elapsed());
  if (options.budget_seconds)
    stage_deadline = begin + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(*options.budget_seconds * budget_share));
  observer.stage(name, pieces);
}

void SweepState::counted(double units, bool from_journal) {
  const std::lock_guard lock(mutex);
  remaining.finished(units, from_journal);
}

void SweepState::finished(const std::string& account, const std::string& what, double seconds, double units,
                          bool from_journal) {
  const std::lock_guard lock(mutex);
  if (!account.empty()) spend(account, seconds);
  remaining.finished(units, from_journal);
  observer.piece(what, seconds, from_journal);
  double left = remaining.seconds(elapsed());
  if (options.budget_seconds) left = std::clamp(*options.budget_seconds - elapsed(), 0.0, left);
  observer.progress(remaining.share_of_stage(), left, best);
}

void SweepState::spend(const std::string& account, double seconds) {
  for (record::Spent& spent : report.spent)
    if (spent.what == account) {
      spent.seconds += seconds;
      return;
    }
  report.spent.push_back({account, seconds});
}

void SweepState::warn(const std::string& text) {
  const std::lock_guard lock(mutex);
  observer.warn(text);
}

}  // namespace descent::sweep
