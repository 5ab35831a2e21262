#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/losses/squared.cpp"
#include <hwy/foreach_target.h>

#include "loss/one_versus_rest.hpp"
#include "loss/tile.hpp"

HWY_BEFORE_NAMESPACE();
namespace descent::loss {
namespace HWY_NAMESPACE {

struct SquaredOutput {
  static constexpr float kNegative = -1.0f;

  template <class N>
  HWY_INLINE Term<N> operator()(N score, N target) const {
    const N r = score - target;
    return {r * N(0.5f) * r, r};
  }
};
using SquaredKernel = OneVersusRest<SquaredOutput>;

DESCENT_LOSS_ENTRIES(squared, SquaredKernel)

}  // namespace HWY_NAMESPACE
}  // namespace descent::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::loss {
namespace {

DESCENT_LOSS_EXPORT(squared);

/// r^2 / 2, r = s - t.
class Squared final : public OneVersusRestLoss {
 public:
  std::string_view name() const noexcept override { return "squared"; }
  std::string_view formula() const noexcept override { return "sum over outputs of r^2 / 2, r = s - t, t = +1 or -1"; }
  std::string_view source() const noexcept override {
    return "Hastie, Tibshirani and Friedman, The Elements of Statistical Learning (2009), section 4.2";
  }
  LossTraits traits() const noexcept override { return {.family = LossTraits::Family::distance, .smoothness = 1}; }
  LossCost cost(std::size_t outputs) const noexcept override { return output_cost(outputs, 3, 0); }
  DESCENT_LOSS_OVERRIDES(squared, SquaredKernel, 0)
  std::optional<bool> recedes() const noexcept override { return false; }

 protected:
  Oracle oracle(double score, double target) const noexcept override {
    const double r = score - target;
    return {0.5 * r * r, r, 1};
  }
  std::optional<double> output_conjugate(double& u, double target) const noexcept override {
    return u * u / 2 + target * u;
  }
};

const core::Registration<Loss> registration{"squared", [](const core::Arguments& arguments) -> std::unique_ptr<Loss> {
                                              no_parameters(arguments);
                                              return std::make_unique<Squared>();
                                            }};

}  // namespace
}  // namespace descent::loss
#endif
