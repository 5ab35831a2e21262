#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "descent/core/registry.hpp"
#include "descent/data/dataset.hpp"
#include "descent/engine/cost_model.hpp"
#include "descent/engine/objective.hpp"
#include "descent/loss/loss.hpp"
#include "descent/machine/team.hpp"

namespace descent::engine {

/// f(W) = (1/N) Σ_i loss(W x_i, y_i) + (l2/2)‖W‖². Weights are (outputs, features), class-major, without padding.
struct LinearProblem {
  const data::Dataset& data;
  const loss::Loss& loss;
  double l2;
  std::size_t outputs() const { return loss.outputs(data.classes); }
  std::size_t parameters() const { return outputs() * data.width(); }
};

/// Sums over the rows of a data set at some weights, in one pass.
struct PassSums {
  double loss = 0;         ///< Σ loss_i
  std::size_t active = 0;  ///< rows with a non-zero derivative
};

/// An engine bound to a problem and a team, with its buffers. One call at a time.
class LinearKernel {
 public:
  virtual ~LinearKernel() = default;
  /// Mean loss over `rows` (all when empty) plus the l2 term; out (outputs × features,) receives the gradient, l2
  /// included.
  virtual double gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) = 0;
  /// Takes the steps (see Objective::advance). The default loops over gradient() and rule.update().
  virtual void advance(const UpdateRule& rule, const StepSequence& steps, std::span<float> w, std::span<float> state);
  virtual std::size_t group_steps(const UpdateRule& /*rule*/, std::size_t /*batch*/) const { return 1; }
  /// Declared cost of a step (see Objective::cost). The default is linear_cost().
  virtual Cost cost(std::size_t batch) const;
  virtual Cost cost_alone(std::size_t batch) const { return cost(batch); }
  /// Sums over all rows; where `gradient` is not empty it receives the mean gradient with l2.
  virtual PassSums pass(std::span<const float> w, std::span<float> gradient) = 0;
  /// Number of rows predicted right (loss::predict). Computes the scores only, neither loss nor gradient.
  virtual std::size_t correct(std::span<const float> w) = 0;
  /// How work was shared in the last call: "rows", "features", "serial", …; for the report.
  virtual std::string_view sharing() const noexcept { return "rows"; }
  virtual const machine::Participation& participation() const noexcept = 0;  ///< of the last call
  /// Number of workers, of a team of `threads`, that must have taken part in steps of `batch` rows for a timing to
  /// count. The default is for engines that share out chunks of rows: a small batch may have only one chunk, and
  /// participation() covers only the last step.
  virtual int expected_workers(std::size_t batch, int threads) const {
    return batch >= 512 * static_cast<std::size_t>(threads) ? threads : 1;
  }
  const LinearProblem& problem() const noexcept { return problem_; }

 protected:
  explicit LinearKernel(const LinearProblem& problem) : problem_(problem) {}

 private:
  LinearProblem problem_;
};

/// A way to evaluate linear problems. Each engine registers itself; see core::Registry.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string_view name() const noexcept = 0;
  virtual std::string_view description() const noexcept = 0;
  /// Empty when this machine can run it, else why not ("needs fused multiply-add").
  virtual std::string unavailable() const { return {}; }
  /// Are the weights the same, bit for bit, at any number of threads?
  virtual bool reproducible() const noexcept = 0;
  /// The storage kind of the rows that the engine reads; data::load is asked for it.
  virtual std::string_view storage() const noexcept { return data::kDenseStorage; }
  /// Empty when the engine can evaluate this problem, else the reason, for people ("it reads rows as dense float32;
  /// these are stored as bytes with one scale"). The default accepts rows that are stored as storage() says.
  virtual std::string refuses(const LinearProblem& problem) const;
  /// The number type of scores, derivatives and gradients: "float32", "float64", …
  virtual std::string_view arithmetic() const noexcept { return "float32"; }
  /// Largest error of a gradient's entry, relative to the largest mean of |slope × feature|, for scores of order 1.
  virtual double error_bound() const noexcept { return 2e-6; }
  /// The smallest target, as a share of the starting gap, at which the engine's rounding does not yet show.
  virtual double least_target() const noexcept { return 0; }
  /// Binds to a problem; `problem` and `team` must outlive the kernel.
  virtual std::unique_ptr<LinearKernel> prepare(const LinearProblem& problem, machine::Team& team) const = 0;

  /// The sharing that make_engine() was given, for kernels that offer a choice. It changes time, never a bit.
  const SharingSettings& sharing() const noexcept { return sharing_; }
  void set_sharing(const SharingSettings& sharing) { sharing_ = sharing; }

 private:
  SharingSettings sharing_;
};

using EngineRegistry = core::Registry<Engine>;
/// Throws UsageError with the nearest name, or with the reason why the engine is unavailable here.
std::unique_ptr<Engine> make_engine(std::string_view name, const SharingSettings& sharing = {});
/// The storage kind that all of these engines read, or dense float32 if they differ.
std::string storage_for(std::span<const std::string> engines);
/// Throws UsageError, with the engine's name and reason, if the engine refuses the problem.
void expect_accepts(const Engine& engine, const LinearProblem& problem);

}  // namespace descent::engine
