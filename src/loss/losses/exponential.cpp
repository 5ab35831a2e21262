#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/losses/exponential.cpp"
#include <hwy/foreach_target.h>

#include <algorithm>
#include <cmath>

#include "loss/one_versus_rest.hpp"
#include "loss/tile.hpp"

HWY_BEFORE_NAMESPACE();
namespace descent::loss {
namespace HWY_NAMESPACE {

struct ExponentialOutput {
  static constexpr float kNegative = -1.0f;

  template <class N>
  HWY_INLINE Term<N> operator()(N score, N target) const {
    const N e = exp(-(score * target));
    return {e, -(e * target)};
  }
};
using ExponentialKernel = OneVersusRest<ExponentialOutput>;

DESCENT_LOSS_ENTRIES(exponential, ExponentialKernel)

}  // namespace HWY_NAMESPACE
}  // namespace descent::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::loss {
namespace {

DESCENT_LOSS_EXPORT(exponential);

/// e^-z, z = t s. Overflows to +inf where float32 does (z < -88.7): the training loop reports that as divergence.
class Exponential final : public OneVersusRestLoss {
 public:
  std::string_view name() const noexcept override { return "exponential"; }
  std::string_view formula() const noexcept override { return "sum over outputs of exp(-z), z = t s, t = +1 or -1"; }
  std::string_view source() const noexcept override {
    return "Schapire and Singer, Improved Boosting Algorithms Using Confidence-rated Predictions (1999)";
  }
  LossTraits traits() const noexcept override {
    return {.family = LossTraits::Family::margin, .smoothness = 1, .smooth_on_start = true};
  }
  LossCost cost(std::size_t outputs) const noexcept override { return output_cost(outputs, 2, 1); }
  DESCENT_LOSS_OVERRIDES(exponential, ExponentialKernel, 0)
  std::optional<bool> recedes() const noexcept override { return true; }

 protected:
  /// The mean loss is least at half the log of the odds: Friedman, Hastie, Tibshirani, Additive logistic regression
  /// (2000), lemma 1.
  double steepness() const noexcept override { return 2; }
  Oracle oracle(double score, double target) const noexcept override {
    const double e = std::exp(-target * score);
    return {e, -target * e, e};
  }
  std::optional<double> output_conjugate(double& u, double target) const noexcept override {
    const double v = std::max(-target * u, 0.0);
    u = -target * v;
    return -(v + entropy(v));
  }
};

const core::Registration<Loss> registration{"exponential",
                                            [](const core::Arguments& arguments) -> std::unique_ptr<Loss> {
                                              no_parameters(arguments);
                                              return std::make_unique<Exponential>();
                                            }};

}  // namespace
}  // namespace descent::loss
#endif
