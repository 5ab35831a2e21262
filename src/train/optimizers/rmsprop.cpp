#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/rmsprop.cpp"
#include <fmt/format.h>
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "train/optimizers/elementwise-inl.hpp"
#include "train/optimizers/vector_rule.hpp"

HWY_BEFORE_NAMESPACE();
namespace descent::train {
namespace HWY_NAMESPACE {

void rmsprop_step(Shard shard, float alpha, float rest, float eps, float rate) {
  float* const squares = shard.state;
  for_values(shard.m, [&](auto d, std::size_t at) HWY_ATTR {
    const auto g = hn::LoadU(d, shard.g + at);
    const auto fresh = hn::Mul(hn::Set(d, rest), hn::Mul(g, g));
    const auto s = hn::MulAdd(hn::Set(d, alpha), hn::LoadU(d, squares + at), fresh);
    hn::StoreU(s, d, squares + at);
    const auto move = hn::Div(g, hn::Add(hn::Sqrt(s), hn::Set(d, eps)));
    hn::StoreU(hn::MulAdd(hn::Set(d, -rate), move, hn::LoadU(d, shard.w + at)), d, shard.w + at);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace descent::train
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::train {
namespace {

HWY_EXPORT(rmsprop_step);

/// s ← αs + (1 − α) g², w ← w − rate · g / (√s + ε), from s = 0.
void step(Shard shard, float alpha, float rest, float eps, float rate) {
  HWY_DYNAMIC_DISPATCH(rmsprop_step)(shard, alpha, rest, eps, rate);
}

/// RMSProp, not centred and without momentum.
/// source  Tieleman, Hinton, Lecture 6.5, Neural Networks for Machine Learning, 2012
class Rmsprop final : public Optimizer {
 public:
  Rmsprop(double alpha, double eps)
      : alpha_(alpha),
        eps_(eps),
        rule_("rmsprop", step, static_cast<float>(alpha), static_cast<float>(1 - alpha), static_cast<float>(eps)) {}
  std::string name() const override {
    return fmt::format("rmsprop(alpha={},eps={})", core::shortest(alpha_), core::shortest(eps_));
  }
  std::string_view description() const noexcept override {
    return "RMSProp: gradients over their root mean square of late";
  }
  const engine::UpdateRule* rule() const override { return &rule_; }
  /// Steps have about the size of the rate, whatever the gradient's size.
  double first_rate(double /*theory*/, std::size_t /*batch*/) const override { return 0.01; }

 private:
  double alpha_, eps_;
  VectorRule<float, float, float> rule_;
};

const core::Registration<Optimizer> registration{
    "rmsprop", [](const core::Arguments& arguments) -> std::unique_ptr<Optimizer> {
      arguments.expect_only({"alpha", "eps"});
      return std::make_unique<Rmsprop>(fraction(arguments, "alpha", 0.99), positive(arguments, "eps", 1e-8));
    }};

}  // namespace
}  // namespace descent::train
#endif
