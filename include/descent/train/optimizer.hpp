#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "descent/core/registry.hpp"
#include "descent/engine/objective.hpp"

namespace descent::train {

/// A method that moves weights along gradients, step by step. Each method registers itself; see core::Registry. The
/// object holds no state: what the method remembers is in `state`, which is zero at the start of a run.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// Canonical, with its parameters: "momentum(beta=0.9)". Series ids and cells carry it.
  virtual std::string name() const = 0;
  virtual std::string_view description() const noexcept = 0;  ///< for people

  /// The elementwise rule by which a gradient moves the weights; engines may fuse it into their kernels. Null if the
  /// method overrides advance().
  virtual const engine::UpdateRule* rule() const { return nullptr; }
  /// Number of floats that the method remembers between steps. The default is what its rule needs.
  virtual std::size_t state_size(const engine::Objective& objective) const;
  /// Takes the steps: w (parameters,), state (state_size,). The default is objective.advance() with the method's rule;
  /// a method without a rule has to override this. The result must not depend on how a run is divided into calls.
  virtual void advance(engine::Objective& objective, const engine::StepSequence& steps, std::span<float> w,
                       std::span<float> state) const;
  /// Number of steps that are taken together: see Objective::group_steps.
  virtual std::size_t group_steps(const engine::Objective& objective, std::size_t batch) const;

  /// Does it run where every step takes all rows? There it runs once: nothing in it is random.
  virtual bool full_batch() const { return true; }
  /// Does it run on drawn batches, once per seed?
  virtual bool stochastic() const { return true; }
  /// For a method without full batches: the name of the method that replaces it on all rows; "" for none.
  virtual std::string_view at_full_batch() const { return {}; }
  /// Does it need rows of data, so that it cannot run on a landscape?
  virtual bool needs_rows() const { return false; }
  /// Does it need a model whose examples' gradients are slopes times rows (engine::LinearSlopes)?
  virtual bool needs_linear_model() const { return false; }
  /// Does it keep a slope for each row and score, so that memory has to be counted?
  virtual bool keeps_slopes() const { return false; }
  /// Does it take the same steps in every run? If not, its runs are exempt from the guarantee of equal weights.
  virtual bool reproducible() const { return true; }
  /// Number of threads that it uses for its own steps; 0: those of the objective's team.
  virtual int own_threads() const { return 0; }
  /// The smallest batch that it can work on.
  virtual std::size_t least_batch() const { return 1; }
  /// Average number of rows whose gradients a step computes; for epochs and costs.
  virtual double rows_per_step(std::size_t /*n*/, std::size_t batch) const { return static_cast<double>(batch); }
  /// The rate at which the search begins. `theory`: the theoretical rate of plain steps on batches of this size.
  virtual double first_rate(double theory, std::size_t /*batch*/) const { return theory; }

  /// Does it move weights by w ← w − rate · g, so that the theory of plain steps holds for it?
  bool plain_step() const { return rule() != nullptr && rule()->is_plain(); }
};

using OptimizerRegistry = core::Registry<Optimizer>;

/// The optimizer that a text such as "momentum(beta=0.9)" names. Throws UsageError with the nearest name.
std::unique_ptr<Optimizer> make_optimizer(std::string_view spec);

}  // namespace descent::train
