#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/losses/sigmoid.cpp"
#include <hwy/foreach_target.h>

#include <numbers>

#include "loss/one_versus_rest.hpp"
#include "loss/tile.hpp"

HWY_BEFORE_NAMESPACE();
namespace descent::loss {
namespace HWY_NAMESPACE {

struct SigmoidOutput {
  static constexpr float kNegative = -1.0f;

  template <class N>
  HWY_INLINE Term<N> operator()(N score, N target) const {
    const N z = score * target;
    const N e = exp(-abs(z));
    const N q = N(1.0f) / (N(1.0f) + e);
    const N eq = e * q;
    return {select(z > N(0.0f), eq, q), -(eq * q * target)};
  }
};
using SigmoidKernel = OneVersusRest<SigmoidOutput>;

DESCENT_LOSS_ENTRIES(sigmoid, SigmoidKernel)

}  // namespace HWY_NAMESPACE
}  // namespace descent::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::loss {
namespace {

DESCENT_LOSS_EXPORT(sigmoid);

/// 1 / (1 + e^z), z = t s: a smooth zero-one loss, not convex. |d2/dz2| is largest at sigma = 1/2 +- sqrt(3)/6: 1 / (6
/// sqrt 3).
class Sigmoid final : public OneVersusRestLoss {
 public:
  std::string_view name() const noexcept override { return "sigmoid"; }
  std::string_view formula() const noexcept override {
    return "sum over outputs of 1 / (1 + exp(z)), z = t s, t = +1 or -1";
  }
  std::string_view source() const noexcept override {
    return "Mason, Baxter, Bartlett and Frean, Boosting Algorithms as Gradient Descent (1999)";
  }
  LossTraits traits() const noexcept override {
    return {.family = LossTraits::Family::margin, .convex = false, .smoothness = std::numbers::inv_sqrt3 / 6};
  }
  LossCost cost(std::size_t outputs) const noexcept override { return output_cost(outputs, 6, 2); }
  DESCENT_LOSS_OVERRIDES(sigmoid, SigmoidKernel, 0)
  std::optional<bool> recedes() const noexcept override { return true; }
  std::optional<double> largest_slope(std::size_t /*outputs*/) const noexcept override { return 0.25; }
  std::unique_ptr<Loss> convex_start() const override { return make_loss("logistic"); }

 protected:
  Oracle oracle(double score, double target) const noexcept override {
    const double z = target * score;
    const double p = sigmoid(-z), q = sigmoid(z);
    return {p, -target * p * q, p * q * (q - p)};
  }
};

const core::Registration<Loss> registration{"sigmoid", [](const core::Arguments& arguments) -> std::unique_ptr<Loss> {
                                              no_parameters(arguments);
                                              return std::make_unique<Sigmoid>();
                                            }};

}  // namespace
}  // namespace descent::loss
#endif
