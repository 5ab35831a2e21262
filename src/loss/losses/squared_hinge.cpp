#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/losses/squared_hinge.cpp"
#include <hwy/foreach_target.h>

#include <algorithm>

#include "loss/one_versus_rest.hpp"
#include "loss/tile.hpp"

HWY_BEFORE_NAMESPACE();
namespace descent::loss {
namespace HWY_NAMESPACE {

struct SquaredHingeOutput {
  static constexpr float kNegative = -1.0f;

  template <class N>
  HWY_INLINE Term<N> operator()(N score, N target) const {
    const N slack = N(1.0f) - score * target;
    const N active = zero_if(slack <= N(0.0f), slack);  // NaN propagates
    return {active * active, active * (target * N(-2.0f))};
  }
};
using SquaredHingeKernel = OneVersusRest<SquaredHingeOutput>;

DESCENT_LOSS_ENTRIES(squared_hinge, SquaredHingeKernel)

}  // namespace HWY_NAMESPACE
}  // namespace descent::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::loss {
namespace {

DESCENT_LOSS_EXPORT(squared_hinge);

/// max(0, 1 - z)^2, z = t s, without one half.
class SquaredHinge final : public OneVersusRestLoss {
 public:
  std::string_view name() const noexcept override { return "squared_hinge"; }
  std::string_view formula() const noexcept override {
    return "sum over outputs of max(0, 1 - z)^2, z = t s, t = +1 or -1";
  }
  std::string_view source() const noexcept override {
    return "Chang, Hsieh and Lin, Coordinate Descent Method for Large-scale L2-loss Linear Support Vector Machines "
           "(2008)";
  }
  LossTraits traits() const noexcept override { return {.family = LossTraits::Family::margin, .smoothness = 2}; }
  LossCost cost(std::size_t outputs) const noexcept override { return output_cost(outputs, 6, 0); }
  DESCENT_LOSS_OVERRIDES(squared_hinge, SquaredHingeKernel, 0)
  std::optional<bool> recedes() const noexcept override { return false; }

 protected:
  Oracle oracle(double score, double target) const noexcept override {
    const double z = target * score;
    return z < 1 ? Oracle{(1 - z) * (1 - z), -2 * target * (1 - z), 2} : Oracle{0, 0, 0};
  }
  std::optional<double> output_conjugate(double& u, double target) const noexcept override {
    u = -target * std::max(-target * u, 0.0);
    return u * u / 4 + target * u;
  }
};

const core::Registration<Loss> registration{"squared_hinge",
                                            [](const core::Arguments& arguments) -> std::unique_ptr<Loss> {
                                              no_parameters(arguments);
                                              return std::make_unique<SquaredHinge>();
                                            }};

}  // namespace
}  // namespace descent::loss
#endif
