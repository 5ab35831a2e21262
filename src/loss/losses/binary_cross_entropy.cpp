#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/losses/binary_cross_entropy.cpp"
#include <hwy/foreach_target.h>

#include <algorithm>
#include <cmath>

#include "loss/one_versus_rest.hpp"
#include "loss/tile.hpp"

HWY_BEFORE_NAMESPACE();
namespace descent::loss {
namespace HWY_NAMESPACE {

struct BinaryCrossEntropyOutput {
  static constexpr float kNegative = 0.0f;

  template <class N>
  HWY_INLINE Term<N> operator()(N score, N target) const {
    const N e = exp(-abs(score));
    const N q = N(1.0f) / (N(1.0f) + e);
    const N p = select(score > N(0.0f), q, e * q);
    return {log1p(e) + (max(score, N(0.0f)) - score * target), p - target};
  }
};
using BinaryCrossEntropyKernel = OneVersusRest<BinaryCrossEntropyOutput>;

DESCENT_LOSS_ENTRIES(binary_cross_entropy, BinaryCrossEntropyKernel)

}  // namespace HWY_NAMESPACE
}  // namespace descent::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::loss {
namespace {

DESCENT_LOSS_EXPORT(binary_cross_entropy);

/// -y log p - (1 - y) log(1 - p), p = sigma(s), y in {0, 1}: as max(s, 0) - s y + log(1 + e^-|s|), which cannot
/// overflow. The same function as the logistic loss, written for targets 0 and 1 instead of −1 and +1.
class BinaryCrossEntropy final : public OneVersusRestLoss {
 public:
  std::string_view name() const noexcept override { return "binary_cross_entropy"; }
  std::string_view formula() const noexcept override {
    return "sum over outputs of -y log p - (1 - y) log(1 - p), p = 1 / (1 + exp(-s)), y = 1 or 0";
  }
  std::string_view source() const noexcept override {
    return "Bishop, Pattern Recognition and Machine Learning (2006), section 4.3.2";
  }
  LossTraits traits() const noexcept override { return {.family = LossTraits::Family::margin, .smoothness = 0.25}; }
  LossCost cost(std::size_t outputs) const noexcept override { return output_cost(outputs, 8, 3); }
  DESCENT_LOSS_OVERRIDES(binary_cross_entropy, BinaryCrossEntropyKernel, 0)
  std::optional<bool> recedes() const noexcept override { return true; }
  std::optional<double> largest_slope(std::size_t /*outputs*/) const noexcept override { return 1; }

 protected:
  double steepness() const noexcept override { return 1; }
  Oracle oracle(double score, double target) const noexcept override {
    const double y = target > 0 ? 1 : 0, p = sigmoid(score);
    return {std::max(score, 0.0) - score * y + std::log1p(std::exp(-std::abs(score))), y > 0 ? -sigmoid(-score) : p,
            p * sigmoid(-score)};
  }
  std::optional<double> output_conjugate(double& u, double target) const noexcept override {
    const double p = std::clamp(-target * u, 0.0, 1.0);
    u = -target * p;
    return -(entropy(p) + entropy(1 - p));
  }
};

const core::Registration<Loss> registration{"binary_cross_entropy",
                                            [](const core::Arguments& arguments) -> std::unique_ptr<Loss> {
                                              no_parameters(arguments);
                                              return std::make_unique<BinaryCrossEntropy>();
                                            }};

}  // namespace
}  // namespace descent::loss
#endif
