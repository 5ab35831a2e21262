#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "descent/core/registry.hpp"

namespace descent::loss {

/// Scores of a tile, class-major: score of class k for example i at data[k * stride + i]. The inner loop runs over
/// examples. `data` is aligned to 64 bytes and `stride` is a multiple of 16; examples beyond `examples` up to the next
/// multiple of 16 are readable and writable, and hold finite garbage.
struct ScoreTile {
  float* data;
  std::size_t classes, examples, stride;
};

/// What the optimiser may assume of a loss. Let λ₁ be the largest eigenvalue of XᵀX/N.
struct LossTraits {
  enum class Family { margin, distance, multiclass };
  Family family;
  bool convex = true;
  /// no kinks: the gradient is (locally) Lipschitz; if false, `smoothness` is that of its smooth partner
  bool smooth = true;
  double smoothness = 0;                  ///< L / λ₁ without l2; for `exponential` see smooth_on_start
  bool smoothness_times_classes = false;  ///< L / λ₁ = smoothness × classes (multiclass squared SVM and its partner)
  bool smooth_on_start = false;           ///< no global L: on {f ≤ f₀} it is smoothness × f₀ × max‖x‖²
};

/// Arithmetic of one example beyond the 4·D·C of scores and gradient, for `classes` outputs (docs/methodology.md).
struct LossCost {
  double flops;           ///< add, multiply, compare, max: one each; a fused multiply-add is two
  double transcendental;  ///< exp, log1p, log, divide: one each
};

/// A kinked loss as a sum over terms of max over low ≤ α ≤ high of α (offset − m): its dual is a quadratic programme
/// with bounds. The m are the margins z = t s of each output (margin losses), s_y − s_k for each k ≠ y (multiclass
/// losses) or the residuals s − t of each output (distance losses). low ≤ 0 ≤ high; low = 0 for multiclass losses.
struct BoxDual {
  double low, high, offset;
};

/// A loss of one example's scores and label. Labels are in [0, classes). Margin and distance losses with two classes
/// have one output, where label 1 is +1 and label 0 is −1; with more they are summed over one-versus-rest
/// outputs. Subgradient at a kink: 0 (hinge at z = 1, absolute at r = 0, tied margins).
class Loss {
 public:
  virtual ~Loss() = default;
  virtual std::string_view name() const noexcept = 0;     ///< with its parameters: "multiclass_svm(margin=1)"
  virtual std::string_view formula() const noexcept = 0;  ///< one line, for people
  virtual std::string_view source() const noexcept = 0;   ///< where the definition is from
  virtual LossTraits traits() const noexcept = 0;
  virtual LossCost cost(std::size_t outputs) const noexcept = 0;
  /// The same as cost(), but counted: the fast form's own code runs on numbers that count operations. The contract test
  /// compares the two.
  virtual LossCost counted_cost(std::size_t outputs) const noexcept;

  /// Outputs for `classes` ≥ 2 classes: 1 for margin and distance losses on two classes, else `classes`.
  std::size_t outputs(int classes) const noexcept;

  /// The oracle: the loss of one example. `scores` (outputs,), any finite values. Stable for |s| up to 1e4. Never below
  /// 0; solvers rely on this.
  virtual double value(std::span<const double> scores, std::int32_t label) const noexcept = 0;
  /// The oracle's gradient: out[k] = d loss / d score[k] (0 at kinks). scores, out (outputs,).
  virtual void gradient(std::span<const double> scores, std::int32_t label, std::span<double> out) const noexcept = 0;
  /// The oracle's (generalised) Hessian times v: out = (d² loss / d score²) v; 0 where there is none. All (outputs,).
  virtual void hessian_times(std::span<const double> scores, std::int32_t label, std::span<const double> v,
                             std::span<double> out) const noexcept = 0;
  /// One term per class, in the order of the sum, for `explain`. Their sum is value() (margin, distance and SVM
  /// losses); if the loss is a log of class probabilities, the terms are those probabilities. out (outputs,).
  virtual void terms(std::span<const double> scores, std::int32_t label, std::span<double> out) const noexcept = 0;

  /// The class probabilities that the loss itself defines for these scores; with one output, those of classes 0 and 1.
  /// A one-versus-rest loss gives the probability of each class against the rest; these do not sum to 1. Returns false
  /// if the loss defines none. out (max(outputs, 2),).
  virtual bool probabilities(std::span<const double> /*scores*/, std::span<double> /*out*/) const noexcept {
    return false;
  }

  // Questions of the solvers. A loss that does not answer gets no certificate if the answer is needed for one.

  /// The Fenchel conjugate ℓ*(u) = sup over s of u · s − ℓ(s), of one example. If u (outputs,) is outside the domain of
  /// ℓ*, u is first moved into it. Empty: not known.
  virtual std::optional<double> conjugate(std::span<double> /*u*/, std::int32_t /*label*/) const noexcept { return {}; }
  /// Does the loss fall for ever as a margin grows, so that it has no minimiser on separable data? False: it reaches
  /// its infimum on any data. Empty: not known.
  virtual std::optional<bool> recedes() const noexcept { return {}; }
  /// The box form of a kinked loss. Empty: it has none.
  virtual std::optional<BoxDual> box_dual() const noexcept { return {}; }
  /// The least upper bound of |d loss / d score[k]| over all scores and labels, for this number of outputs. Empty:
  /// there is none, or it is not known. Engines that keep derivatives as integers need it.
  virtual std::optional<double> largest_slope(std::size_t /*outputs*/) const noexcept { return {}; }
  /// For a loss that is not convex: a convex loss of the same scores whose minimiser is a good start. Null: none.
  virtual std::unique_ptr<Loss> convex_start() const { return nullptr; }

  /// Whether value() is the sum of terms().
  virtual bool terms_are_summands() const noexcept { return true; }

  /// The fast form. Replaces scores by d loss_i / d score[k,i] in float32; returns the sum of the losses in double. The
  /// bits of each example's gradient do not depend on its place in the tile; the sum is taken in the order of examples
  /// in a fixed plan (16 lanes, then a fixed tree). One virtual call per tile costs nothing measurable. Labels
  /// (examples,). Padding up to the next multiple of 16 examples comes back as 0. Where float32 overflows the loss is
  /// +inf; scores that are NaN give NaN (kinked losses: NaN in the loss).
  virtual double differentiate(ScoreTile scores, std::span<const std::int32_t> labels) const noexcept = 0;
  /// The same for one example, for steps on one row. The scores lie side by side, with classes in the lanes: one vector
  /// exponential serves up to 16 classes. Sums over classes go through 16 lanes and a fixed tree, so that bits may
  /// differ from differentiate's. `scores` (outputs,) with room up to the next multiple of 16, which comes back as 0.
  virtual double differentiate_row(std::span<float> scores, std::int32_t label) const noexcept = 0;
  /// As differentiate(), but leaves the scores as they are and returns only the sum of losses.
  virtual double sum(ScoreTile scores, std::span<const std::int32_t> labels) const noexcept = 0;

  /// |fast − oracle| of gradient entries and of loss per example is at most this, relative to max(1, |oracle|), for
  /// |s| ≤ 80; beyond, up to 1e4, relative to max(1, |s|, |oracle|). The contract test reads it.
  static constexpr double kMaxRelativeError = 2e-6;
};

using LossRegistry = core::Registry<Loss>;

/// The loss that a text such as "hinge" or "huber(delta=1)" names. Throws UsageError with the nearest name.
std::unique_ptr<Loss> make_loss(std::string_view spec);

/// Predicted class of each example of a tile: the largest score, the first where tied; for one output, label 1 when the
/// score is positive. predictions (examples,).
void predict(ScoreTile scores, std::span<std::int32_t> predictions) noexcept;

/// Sigmoid 1/(1+e^-s) and softmax of scores, in double, stable for any finite scores. p = σ(s₁ − s₂) for two classes.
double sigmoid(double score) noexcept;
void softmax(std::span<const double> scores, std::span<double> probabilities) noexcept;

}  // namespace descent::loss
