#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/losses/huber.cpp"
#include <hwy/foreach_target.h>

#include <algorithm>
#include <cmath>

#include "loss/one_versus_rest.hpp"
#include "loss/tile.hpp"

HWY_BEFORE_NAMESPACE();
namespace descent::loss {
namespace HWY_NAMESPACE {

struct HuberOutput {
  static constexpr float kNegative = -1.0f;
  float delta;

  template <class N>
  HWY_INLINE Term<N> operator()(N score, N target) const {
    const N r = score - target;
    const N clamped = max(min(r, N(delta)), N(-delta));
    return {clamped * fma(clamped, N(-0.5f), r), clamped};
  }
};
using HuberKernel = OneVersusRest<HuberOutput>;

DESCENT_LOSS_ENTRIES(huber, HuberKernel)

}  // namespace HWY_NAMESPACE
}  // namespace descent::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::loss {
namespace {

DESCENT_LOSS_EXPORT(huber);

/// r^2 / 2 where |r| <= delta, else delta (|r| - delta / 2), r = s - t. With c = r clamped to +-delta both are c (r -
/// c/2).
class Huber final : public OneVersusRestLoss {
 public:
  explicit Huber(double delta) : delta_(delta), name_("huber(delta=" + core::shortest(delta) + ")") {}
  std::string_view name() const noexcept override { return name_; }
  std::string_view formula() const noexcept override {
    return "sum over outputs of r^2 / 2 where |r| <= delta, else delta (|r| - delta / 2), r = s - t, t = +1 or -1";
  }
  std::string_view source() const noexcept override {
    return "Huber, Robust Estimation of a Location Parameter (1964)";
  }
  LossTraits traits() const noexcept override { return {.family = LossTraits::Family::distance, .smoothness = 1}; }
  LossCost cost(std::size_t outputs) const noexcept override { return output_cost(outputs, 6, 0); }
  DESCENT_LOSS_OVERRIDES(huber, HuberKernel, delta_)
  std::optional<bool> recedes() const noexcept override { return false; }
  std::optional<double> largest_slope(std::size_t /*outputs*/) const noexcept override { return delta_; }

 protected:
  Oracle oracle(double score, double target) const noexcept override {
    const double r = score - target, clamped = std::clamp(r, -delta_, delta_);
    return {clamped * (r - 0.5 * clamped), clamped, std::abs(r) <= delta_ ? 1.0 : 0.0};
  }
  std::optional<double> output_conjugate(double& u, double target) const noexcept override {
    u = std::clamp(u, -delta_, delta_);
    return u * u / 2 + target * u;
  }

 private:
  double delta_;
  std::string name_;
};

const core::Registration<Loss> registration{"huber", [](const core::Arguments& arguments) -> std::unique_ptr<Loss> {
                                              arguments.expect_only({"delta"});
                                              return std::make_unique<Huber>(positive_parameter(arguments, "delta", 1));
                                            }};

}  // namespace
}  // namespace descent::loss
#endif
