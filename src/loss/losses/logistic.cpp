#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/losses/logistic.cpp"
#include <hwy/foreach_target.h>

#include <algorithm>
#include <cmath>

#include "loss/one_versus_rest.hpp"
#include "loss/tile.hpp"

HWY_BEFORE_NAMESPACE();
namespace descent::loss {
namespace HWY_NAMESPACE {

struct LogisticOutput {
  static constexpr float kNegative = -1.0f;

  template <class N>
  HWY_INLINE Term<N> operator()(N score, N target) const {
    const N z = score * target;
    const N e = exp(-abs(z));
    const N q = N(1.0f) / (N(1.0f) + e);
    const N sigmoid = select(z > N(0.0f), e * q, q);  // of -z
    return {log1p(e) + max(-z, N(0.0f)), -(sigmoid * target)};
  }
};
using LogisticKernel = OneVersusRest<LogisticOutput>;

DESCENT_LOSS_ENTRIES(logistic, LogisticKernel)

}  // namespace HWY_NAMESPACE
}  // namespace descent::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::loss {
namespace {

DESCENT_LOSS_EXPORT(logistic);

/// log(1 + e^-z), z = t s, written so that e^-|z| never overflows.
class Logistic final : public OneVersusRestLoss {
 public:
  std::string_view name() const noexcept override { return "logistic"; }
  std::string_view formula() const noexcept override {
    return "sum over outputs of log(1 + exp(-z)), z = t s, t = +1 or -1";
  }
  std::string_view source() const noexcept override {
    return "Bishop, Pattern Recognition and Machine Learning (2006), section 7.1.2";
  }
  LossTraits traits() const noexcept override { return {.family = LossTraits::Family::margin, .smoothness = 0.25}; }
  LossCost cost(std::size_t outputs) const noexcept override { return output_cost(outputs, 7, 3); }
  DESCENT_LOSS_OVERRIDES(logistic, LogisticKernel, 0)
  std::optional<bool> recedes() const noexcept override { return true; }
  std::optional<double> largest_slope(std::size_t /*outputs*/) const noexcept override { return 1; }

 protected:
  double steepness() const noexcept override { return 1; }
  Oracle oracle(double score, double target) const noexcept override {
    const double z = target * score;
    const double p = sigmoid(-z);
    return {std::max(-z, 0.0) + std::log1p(std::exp(-std::abs(z))), -target * p, p * sigmoid(z)};
  }
  std::optional<double> output_conjugate(double& u, double target) const noexcept override {
    const double p = std::clamp(-target * u, 0.0, 1.0);
    u = -target * p;
    return -(entropy(p) + entropy(1 - p));
  }
};

const core::Registration<Loss> registration{"logistic", [](const core::Arguments& arguments) -> std::unique_ptr<Loss> {
                                              no_parameters(arguments);
                                              return std::make_unique<Logistic>();
                                            }};

}  // namespace
}  // namespace descent::loss
#endif
