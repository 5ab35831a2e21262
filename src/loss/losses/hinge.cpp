#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/losses/hinge.cpp"
#include <hwy/foreach_target.h>

#include <algorithm>

#include "loss/one_versus_rest.hpp"
#include "loss/tile.hpp"

HWY_BEFORE_NAMESPACE();
namespace descent::loss {
namespace HWY_NAMESPACE {

struct HingeOutput {
  static constexpr float kNegative = -1.0f;

  template <class N>
  HWY_INLINE Term<N> operator()(N score, N target) const {
    const N slack = N(1.0f) - score * target;
    const auto inactive = slack <= N(0.0f);  // false for NaN, so NaN propagates
    return {zero_if(inactive, slack), zero_if(inactive, -target)};
  }
};
using HingeKernel = OneVersusRest<HingeOutput>;

DESCENT_LOSS_ENTRIES(hinge, HingeKernel)

}  // namespace HWY_NAMESPACE
}  // namespace descent::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::loss {
namespace {

DESCENT_LOSS_EXPORT(hinge);

/// max(0, 1 - z), z = t s. Not smooth: its smoothness is the squared hinge's.
class Hinge final : public OneVersusRestLoss {
 public:
  std::string_view name() const noexcept override { return "hinge"; }
  std::string_view formula() const noexcept override {
    return "sum over outputs of max(0, 1 - z), z = t s, t = +1 or -1";
  }
  std::string_view source() const noexcept override { return "Cortes and Vapnik, Support-Vector Networks (1995)"; }
  LossTraits traits() const noexcept override {
    return {.family = LossTraits::Family::margin, .smooth = false, .smoothness = 2};
  }
  LossCost cost(std::size_t outputs) const noexcept override { return output_cost(outputs, 3, 0); }
  DESCENT_LOSS_OVERRIDES(hinge, HingeKernel, 0)
  std::optional<bool> recedes() const noexcept override { return false; }
  std::optional<double> largest_slope(std::size_t /*outputs*/) const noexcept override { return 1; }
  std::optional<BoxDual> box_dual() const noexcept override { return BoxDual{.low = 0, .high = 1, .offset = 1}; }

 protected:
  Oracle oracle(double score, double target) const noexcept override {
    const double z = target * score;
    return z < 1 ? Oracle{1 - z, -target, 0} : Oracle{0, 0, 0};
  }
  std::optional<double> output_conjugate(double& u, double target) const noexcept override {
    u = -target * std::clamp(-target * u, 0.0, 1.0);
    return target * u;
  }
};

const core::Registration<Loss> registration{"hinge", [](const core::Arguments& arguments) -> std::unique_ptr<Loss> {
                                              no_parameters(arguments);
                                              return std::make_unique<Hinge>();
                                            }};

}  // namespace
}  // namespace descent::loss
#endif
