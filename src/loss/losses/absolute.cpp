#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/losses/absolute.cpp"
#include <hwy/foreach_target.h>

#include <algorithm>
#include <cmath>

#include "loss/one_versus_rest.hpp"
#include "loss/tile.hpp"

HWY_BEFORE_NAMESPACE();
namespace descent::loss {
namespace HWY_NAMESPACE {

struct AbsoluteOutput {
  static constexpr float kNegative = -1.0f;

  template <class N>
  HWY_INLINE Term<N> operator()(N score, N target) const {
    const N r = score - target, zero(0.0f);
    return {abs(r), select(r > zero, N(1.0f), select(r < zero, N(-1.0f), zero))};
  }
};
using AbsoluteKernel = OneVersusRest<AbsoluteOutput>;

DESCENT_LOSS_ENTRIES(absolute, AbsoluteKernel)

}  // namespace HWY_NAMESPACE
}  // namespace descent::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::loss {
namespace {

DESCENT_LOSS_EXPORT(absolute);

/// |r|, r = s - t. Not smooth: its smoothness is that of Huber's loss with delta 1.
class Absolute final : public OneVersusRestLoss {
 public:
  std::string_view name() const noexcept override { return "absolute"; }
  std::string_view formula() const noexcept override { return "sum over outputs of |r|, r = s - t, t = +1 or -1"; }
  std::string_view source() const noexcept override {
    return "Hastie, Tibshirani and Friedman, The Elements of Statistical Learning (2009), section 10.6";
  }
  LossTraits traits() const noexcept override {
    return {.family = LossTraits::Family::distance, .smooth = false, .smoothness = 1};
  }
  LossCost cost(std::size_t outputs) const noexcept override { return output_cost(outputs, 3, 0); }
  DESCENT_LOSS_OVERRIDES(absolute, AbsoluteKernel, 0)
  std::optional<bool> recedes() const noexcept override { return false; }
  std::optional<double> largest_slope(std::size_t /*outputs*/) const noexcept override { return 1; }
  std::optional<BoxDual> box_dual() const noexcept override { return BoxDual{.low = -1, .high = 1, .offset = 0}; }

 protected:
  Oracle oracle(double score, double target) const noexcept override {
    const double r = score - target;
    return {std::abs(r), static_cast<double>(r > 0) - static_cast<double>(r < 0), 0};
  }
  std::optional<double> output_conjugate(double& u, double target) const noexcept override {
    u = std::clamp(u, -1.0, 1.0);
    return target * u;
  }
};

const core::Registration<Loss> registration{"absolute", [](const core::Arguments& arguments) -> std::unique_ptr<Loss> {
                                              no_parameters(arguments);
                                              return std::make_unique<Absolute>();
                                            }};

}  // namespace
}  // namespace descent::loss
#endif
