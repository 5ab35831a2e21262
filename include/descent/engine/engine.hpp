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
  /// Takes the steps, and says in what groups (Objective::advance, group_steps); the default loops over gradient() and
  /// rule.update().
  virtual void advance(const UpdateRule& rule, const StepSequence& steps, std::span<float> w, std::span<float> state);
  virtual std::size_t group_steps(const UpdateRule& /*rule*/, std::size_t /*batch*/) const { return 1; }
  /// Declared arithmetic and traffic of a step (Objective::cost); the default is linear_cost().
  virtual Cost cost(std::size_t batch) const;
  virtual Cost cost_alone(std::size_t batch) const { return cost(batch); }
  /// Sums over all rows; where `gradient` is not empty it receives the mean gradient with l2.
  virtual PassSums pass(std::span<const float> w, std::span<float> gradient) = 0;
  /// Rows predicted right (loss::predict). Costs the scores alone, neither loss nor gradient.
  virtual std::size_t correct(std::span<const float> w) = 0;
  /// How work was shared in the last call: "rows", "features", "serial", …; for the report.
  virtual std::string_view sharing() const noexcept { return "rows"; }
  virtual const machine::Participation& participation() const noexcept = 0;  ///< of the last call
  /// Of a team of `threads`, those that must have taken part in steps of `batch` rows for a timing of them to count.
  /// The default: an engine that shares out chunks of rows may have one chunk only of a small batch, and its
  /// participation is that of the last step alone.
  virtual int expected_workers(std::size_t batch, int threads) const {
    return batch >= 512 * static_cast<std::size_t>(threads) ? threads : 1;
  }
  const LinearProblem& problem() const noexcept { return problem_; }

 protected:
  explicit LinearKernel(const LinearProblem& problem) : problem_(problem) {}

 private:
  LinearProblem problem_;
};

/// A way to evaluate linear problems. Registers itself; see Registry.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string_view name() const noexcept = 0;
  virtual std::string_view description() const noexcept = 0;
  /// Empty when this machine can run it, else why not ("needs fused multiply-add").
  virtual std::string unavailable() const { return {}; }
  /// Same weights bit for bit at any number of threads?
  virtual bool reproducible() const noexcept = 0;
  /// The storage kind of rows that it reads: data::load is asked for it.
  virtual std::string_view storage() const noexcept { return data::kDenseStorage; }
  /// Empty when it can evaluate this problem, else why not, for people ("it reads rows as dense float32; these are
  /// stored as bytes with one scale"). The default: rows have to be stored as storage() says.
  virtual std::string refuses(const LinearProblem& problem) const;
  /// The numbers that scores, derivatives and gradients are computed in: "float32", "float64", …
  virtual std::string_view arithmetic() const noexcept { return "float32"; }
  /// Most error of a gradient's entry, as a share of the largest mean of |slope × feature|, for scores of order 1.
  virtual double error_bound() const noexcept { return 2e-6; }
  /// The smallest share of the starting gap that training with it is good for: its rounding does not show above.
  virtual double least_target() const noexcept { return 0; }
  /// Binds to a problem; `problem` and `team` must outlive the kernel.
  virtual std::unique_ptr<LinearKernel> prepare(const LinearProblem& problem, machine::Team& team) const = 0;

  /// What its kernels share steps by, where they leave that open: what make_engine() was given. Changes time, never a
  /// bit.
  const SharingSettings& sharing() const noexcept { return sharing_; }
  void set_sharing(const SharingSettings& sharing) { sharing_ = sharing; }

 private:
  SharingSettings sharing_;
};

using EngineRegistry = core::Registry<Engine>;
/// Throws UsageError with the nearest name, or saying why the engine is unavailable here.
std::unique_ptr<Engine> make_engine(std::string_view name, const SharingSettings& sharing = {});
/// The storage kind that all of these engines read, dense float32 where they differ.
std::string storage_for(std::span<const std::string> engines);
/// Throws UsageError with the engine's name and reason where it refuses the problem.
void expect_accepts(const Engine& engine, const LinearProblem& problem);

}  // namespace descent::engine
