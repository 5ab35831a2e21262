#include <cmath>

#include "descent/core/lanes.hpp"
#include "descent/engine/linear_objective.hpp"
#include "engine/evaluation.hpp"
#include "engine/objectives/linear_slopes.hpp"

namespace descent::engine {
namespace {

// Weights of 24 MiB, read and written, stay in a last-level cache from step to step and cost no memory traffic.
constexpr double kCachedWeights = 2.0 * (24 << 20);

}  // namespace

LinearObjective::LinearObjective(const data::Dataset& training, const data::Dataset& validation, const loss::Loss& loss,
                                 double l2, const Engine& engine, machine::Team& team)
    : kernel_((expect_accepts(engine, {training, loss, l2}), engine.prepare({training, loss, l2}, team))),
      threads_(team.threads()) {
  if (validation.rows() > 0) validation_ = engine.prepare({validation, loss, 0.0}, team);
  gradient_.resize(kernel_->problem().parameters());
}

std::size_t LinearObjective::parameters() const { return kernel_->problem().parameters(); }
std::size_t LinearObjective::examples() const { return kernel_->problem().data.rows(); }

void LinearObjective::initial(std::uint64_t /*seed*/, std::span<float> w) const { std::fill(w.begin(), w.end(), 0.0F); }

double LinearObjective::value(std::span<const float> w) {
  const LinearProblem& problem = kernel_->problem();
  return kernel_->pass(w, {}).loss / static_cast<double>(problem.data.rows()) + l2_term(problem.l2, w);
}

double LinearObjective::gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) {
  return kernel_->gradient(w, rows, out);
}

double LinearObjective::regulariser(std::span<const float> w) const { return l2_term(kernel_->problem().l2, w); }

Cost LinearObjective::cost(std::size_t batch) const { return kernel_->cost(batch); }

void LinearObjective::advance(const UpdateRule& rule, const StepSequence& steps, std::span<float> w,
                              std::span<float> state) {
  kernel_->advance(rule, steps, w, state);
}

std::size_t LinearObjective::group_steps(const UpdateRule& rule, std::size_t batch) const {
  return kernel_->group_steps(rule, batch);
}

const LinearSlopes* LinearObjective::linear_slopes() {
  if (!slopes_) slopes_ = make_linear_slopes(kernel_->problem());
  return slopes_.get();
}

Evaluation LinearObjective::evaluate(std::span<const float> w) {
  const LinearProblem& problem = kernel_->problem();
  const auto n = static_cast<double>(problem.data.rows());
  const PassSums sums = kernel_->pass(w, gradient_);
  const double term = l2_term(problem.l2, w);
  Evaluation result = evaluation_of(sums.loss / n + term, term, gradient_);
  result.active_fraction = static_cast<double>(sums.active) / n;
  if (validation_)
    result.validation_accuracy =
        static_cast<double>(validation_->correct(w)) / static_cast<double>(validation_->problem().data.rows());
  return result;
}

Cost linear_cost(const LinearProblem& problem, std::size_t batch) {
  const auto b = static_cast<double>(batch), d = static_cast<double>(problem.data.width()),
             c = static_cast<double>(problem.outputs());
  const loss::LossCost loss = problem.loss.cost(problem.outputs());
  Cost cost;
  cost.flops = 4 * b * d * c + b * (loss.flops + loss.transcendental) + 5 * d * c;  // 5: scale, l2 and update
  cost.bytes = 4 * b * d;
  const double weights = 4 * 2 * d * c;  // W read and written: all that one sweep over it must move
  if (weights > kCachedWeights) cost.bytes += weights;
  return cost;
}

double l2_term(double l2, std::span<const float> w) noexcept {
  return 0.5 * l2 * core::sum_of_squares(w.data(), w.size());
}

}  // namespace descent::engine
