#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "descent/core/registry.hpp"
#include "descent/engine/objective.hpp"

namespace descent::train {

/// A method that moves weights along gradients, step by step. Registers itself; see Registry. Stateless itself: what it
/// remembers lies in `state`, which is zero at the start of a run.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// Canonical, with its parameters: "momentum(beta=0.9)". Series ids and cells carry it.
  virtual std::string name() const = 0;
  virtual std::string_view description() const noexcept = 0;  ///< for people

  /// The elementwise rule by which a gradient moves the weights, which engines may fuse into their kernels; null where
  /// it takes its own steps.
  virtual const engine::UpdateRule* rule() const { return nullptr; }
  /// Floats that it remembers between steps. The default: what its rule asks for.
  virtual std::size_t state_size(const engine::Objective& objective) const;
  /// Takes the steps: w (parameters,), state (state_size,). The default is objective.advance by its rule. Where there
  /// is no rule this has to be overridden; the result must not depend on how a run is cut into stretches.
  virtual void advance(engine::Objective& objective, const engine::StepSequence& steps, std::span<float> w,
                       std::span<float> state) const;
  /// Objective::group_steps: steps that have to be taken together.
  virtual std::size_t group_steps(const engine::Objective& objective, std::size_t batch) const;

  /// Does it run where every step takes all rows? There it runs once: nothing in it is random.
  virtual bool full_batch() const { return true; }
  /// Does it run on drawn batches, once per seed?
  virtual bool stochastic() const { return true; }
  /// Of a method that does not take all rows: the one that stands for it where all rows are asked for; "" for none.
  virtual std::string_view at_full_batch() const { return {}; }
  /// Does it need rows of data, so that it cannot run on a landscape?
  virtual bool needs_rows() const { return false; }
  /// Does it need a model whose examples' gradients are slopes times rows (engine::LinearSlopes)?
  virtual bool needs_linear_model() const { return false; }
  /// Does it keep a slope for each row and score, so that memory has to be counted?
  virtual bool keeps_slopes() const { return false; }
  /// Does it take the same steps whenever it is run? If not, its runs are no part of the contract on weights.
  virtual bool reproducible() const { return true; }
  /// Threads that it takes its own steps by; 0: those of the objective's team.
  virtual int own_threads() const { return 0; }
  /// The smallest batch that it can work on.
  virtual std::size_t least_batch() const { return 1; }
  /// Rows whose gradients a step computes, on average; for epochs and costs.
  virtual double rows_per_step(std::size_t /*n*/, std::size_t batch) const { return static_cast<double>(batch); }
  /// Where the search for the rate begins. `theory`: what theory says of plain steps on such batches.
  virtual double first_rate(double theory, std::size_t /*batch*/) const { return theory; }

  /// Does it move weights by w ← w − rate · g, so that what is known of plain steps holds for it?
  bool plain_step() const { return rule() != nullptr && rule()->is_plain(); }
};

using OptimizerRegistry = core::Registry<Optimizer>;

/// The optimizer that "momentum(beta=0.9)" asks for. Throws UsageError with the nearest name.
std::unique_ptr<Optimizer> make_optimizer(std::string_view spec);

}  // namespace descent::train
