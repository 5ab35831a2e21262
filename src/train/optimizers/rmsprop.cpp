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

/// RMSProp, not centred and without momentum. Steps are of the rate's size, whatever the gradient's.
/// source  Tieleman, Hinton, Lecture 6.5, Neural Networks for Machine Learning, 2012
const core::Registration<Optimizer> registration{
    "rmsprop", [](const core::Arguments& arguments) -> std::unique_ptr<Optimizer> {
      arguments.expect_only({"alpha", "eps"});
      const double alpha = fraction(arguments, "alpha", 0.99), eps = positive(arguments, "eps", 1e-8);
      return std::make_unique<RuleMethod>(
          fmt::format("rmsprop(alpha={},eps={})", core::shortest(alpha), core::shortest(eps)),
          "RMSProp: gradients over their root mean square of late", FirstRate{.own = 0.01},
          std::make_unique<VectorRule<float, float, float>>("rmsprop", step, static_cast<float>(alpha),
                                                            static_cast<float>(1 - alpha), static_cast<float>(eps)));
    }};

}  // namespace
}  // namespace descent::train
#endif
