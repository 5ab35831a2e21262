#pragma once

#include <memory>

#include "descent/engine/engine.hpp"

namespace descent::engine {

/// A linear model on a split, evaluated by an engine: the objective of the sweep.
class LinearObjective final : public Objective {
 public:
  /// The data sets, `loss` and `team` must outlive the objective. `validation` may have no rows.
  LinearObjective(const data::Dataset& training, const data::Dataset& validation, const loss::Loss& loss, double l2,
                  const Engine& engine, machine::Team& team);
  LinearObjective(const data::Split& split, const loss::Loss& loss, double l2, const Engine& engine,
                  machine::Team& team)
      : LinearObjective(split.training, split.validation, loss, l2, engine, team) {}

  std::size_t parameters() const override;
  std::size_t examples() const override;
  void initial(std::uint64_t seed, std::span<float> w) const override;  ///< zeros
  double value(std::span<const float> w) override;
  double gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) override;
  Cost cost(std::size_t batch) const override;
  Cost cost_alone(std::size_t batch) const override { return kernel_->cost_alone(batch); }
  void advance(const UpdateRule& rule, const StepSequence& steps, std::span<float> w, std::span<float> state) override;
  std::size_t group_steps(const UpdateRule& rule, std::size_t batch) const override;
  Evaluation evaluate(std::span<const float> w) override;
  const LinearSlopes* linear_slopes() override;
  double regulariser(std::span<const float> w) const override;
  machine::Participation participation() const override { return kernel_->participation(); }
  std::string_view sharing() const override { return kernel_->sharing(); }
  int expected_workers(std::size_t batch) const override { return kernel_->expected_workers(batch, threads_); }

 private:
  std::unique_ptr<LinearKernel> kernel_, validation_;  // validation_ is empty without validation rows
  std::unique_ptr<LinearSlopes> slopes_;               // made when first asked for
  std::vector<float> gradient_;
  int threads_;
};

/// Declared flops and bytes of one step on `batch` rows: 4·B·D·C for scores and gradient, the loss's own, and the
/// update (5·D·C). Bytes are what must be moved from and to memory: X once, and the weights twice if they do not stay
/// in a cache.
Cost linear_cost(const LinearProblem& problem, std::size_t batch);

/// (l2/2)‖w‖², summed in double in a fixed order.
double l2_term(double l2, std::span<const float> w) noexcept;

}  // namespace descent::engine
