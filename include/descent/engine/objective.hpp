#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "descent/engine/update_rule.hpp"
#include "descent/machine/team.hpp"

namespace descent::engine {

/// Declared arithmetic and traffic of one step (value and gradient over a batch, gather and update included).
struct Cost {
  double flops = 0;     ///< float32
  double bytes = 0;     ///< moved from and to where the rows lie
  double joins = 0;     ///< times that the threads wait for each other; 0 for one thread
  double int8_ops = 0;  ///< multiply-adds of 8-bit numbers; each counts as two
};

/// Everything that one pass over the data finds out about some weights.
struct Evaluation {
  double value = 0;                       ///< f(w) with the l2 term, examples summed in double
  double regulariser = 0;                 ///< the l2 term by itself
  std::optional<double> gradient_norm;    ///< ‖∇f(w)‖
  std::optional<double> active_fraction;  ///< share of examples with a non-zero derivative
  std::optional<double> validation_accuracy;
  /// of a landscape: distance from its saddle, along the direction that leads away from it
  std::optional<double> escape_distance;
  std::optional<double> least_curvature;  ///< least eigenvalue of the Hessian, if it costs nothing
};

/// Consecutive steps of a run, whose batches are known beforehand.
struct StepSequence {
  std::span<const std::uint32_t> rows;  ///< (steps × batch,), each batch sorted; empty: every step uses all rows
  std::size_t batch = 0;  ///< rows per step; for a landscape: the batch size that its noise depends on, 0: no noise
  std::span<const double> rates;  ///< (steps,) learning rate of each step
  std::span<double> losses;       ///< (steps,) or empty: receives each batch's mean loss, without the l2 term, at the
                                  ///< weights before its step
  std::uint64_t first_step = 0;   ///< steps that the run took before these
  std::uint64_t seed = 0;         ///< of the run; randomness in a step, other than its rows, follows from (seed, step)

  /// Rows of the step at `index`; empty: all rows.
  std::span<const std::uint32_t> rows_of(std::size_t index) const {
    return rows.empty() ? rows : rows.subspan(index * batch, batch);
  }
  /// Steps [first, first + count) of this sequence.
  StepSequence part(std::size_t first, std::size_t count) const {
    StepSequence result = *this;
    if (!rows.empty()) result.rows = rows.subspan(first * batch, count * batch);
    result.rates = rates.subspan(first, count);
    if (!losses.empty()) result.losses = losses.subspan(first, count);
    result.first_step = first_step + first;
    return result;
  }
  /// What an update rule is told about the step at `index`.
  StepContext context(std::size_t index) const { return {static_cast<float>(rates[index]), first_step + index}; }
};

/// Access to the slopes of an objective whose example gradients are a slope per score times the row: g_i = d_i ⊗ x_i.
/// Weights are laid out as in the objective, (outputs × features,). Safe to call from several threads at once.
class LinearSlopes {
 public:
  virtual ~LinearSlopes() = default;
  virtual std::size_t outputs() const = 0;
  virtual double l2() const = 0;
  /// d_i of `rows` at w: out (rows × outputs,), one row after the other. Returns the summed loss.
  virtual double slopes(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) const = 0;
  /// g (parameters,) += Σ d_i ⊗ x_i over `rows`, in their order; d (rows × outputs,).
  virtual void add(std::span<const float> d, std::span<const std::uint32_t> rows, std::span<float> g) const = 0;
};

/// A differentiable function of weights, a mean over examples plus a regulariser; or a landscape without any data.
/// Weights are float32, (parameters(),), without padding. Not thread-safe: one call at a time, which itself uses a
/// team.
class Objective {
 public:
  virtual ~Objective() = default;
  virtual std::size_t parameters() const = 0;
  virtual std::size_t examples() const = 0;  ///< 0 for a landscape
  /// The starting weights (zeros for linear models). w (parameters(),).
  virtual void initial(std::uint64_t seed, std::span<float> w) const = 0;
  /// f(w) over all examples.
  virtual double value(std::span<const float> w) = 0;
  /// Mean value over `rows` (all examples when empty) with the l2 term; out (parameters(),) receives its gradient.
  virtual double gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) = 0;
  /// Declared cost of one step with `batch` rows.
  virtual Cost cost(std::size_t batch) const = 0;
  /// The same if steps are taken one by one although they could be taken in groups (group_steps()).
  virtual Cost cost_alone(std::size_t batch) const { return cost(batch); }

  /// The regulariser at w, which value() and gradient() include.
  virtual double regulariser(std::span<const float> /*w*/) const { return 0; }
  /// The gradient that step `index` uses: that of its rows; for a landscape, that of f plus the step's noise. Returns
  /// the mean value over the rows with the l2 term, without noise.
  virtual double step_gradient(std::span<const float> w, const StepSequence& steps, std::size_t index,
                               std::span<float> out) {
    return gradient(w, steps.rows_of(index), out);
  }

  /// Takes the steps. Each is g = step_gradient(w, …), then rule.update(w, g, state, context). w (parameters(),), state
  /// (rule.state_per_parameter() × parameters(),). The default is this loop; overrides give the same bits.
  virtual void advance(const UpdateRule& rule, const StepSequence& steps, std::span<float> w, std::span<float> state);
  /// Number of steps of this batch size that are taken together as a group. If advance() stops inside a group, a later
  /// advance() gives the same bits only if it starts again from the group's beginning. 1: steps are not grouped, and
  /// advance() may continue anywhere.
  virtual std::size_t group_steps(const UpdateRule& /*rule*/, std::size_t /*batch*/) const { return 1; }
  /// One pass for all metrics. The default: value, regulariser and gradient norm.
  virtual Evaluation evaluate(std::span<const float> w);

  /// Null if examples' gradients are not slopes times rows.
  virtual const LinearSlopes* linear_slopes() { return nullptr; }

  /// Which workers took part in the last call; for timings.
  virtual machine::Participation participation() const {
    machine::Participation alone;
    alone.workers = 1;
    return alone;
  }
  /// How the work of the last call was shared: "rows", "features", "serial", …; for the report.
  virtual std::string_view sharing() const { return "serial"; }
  /// Workers that must have taken part in steps of `batch` rows for a timing of them to count.
  virtual int expected_workers(std::size_t /*batch*/) const { return 1; }
};

}  // namespace descent::engine
