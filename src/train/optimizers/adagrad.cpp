#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/adagrad.cpp"
#include <fmt/format.h>
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "train/optimizers/elementwise-inl.hpp"
#include "train/optimizers/vector_rule.hpp"

HWY_BEFORE_NAMESPACE();
namespace descent::train {
namespace HWY_NAMESPACE {

void adagrad_step(Shard shard, float eps, float rate) {
  float* const squares = shard.state;
  for_values(shard.m, [&](auto d, std::size_t at) HWY_ATTR {
    const auto g = hn::LoadU(d, shard.g + at);
    const auto s = hn::MulAdd(g, g, hn::LoadU(d, squares + at));
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

HWY_EXPORT(adagrad_step);

/// s ← s + g², w ← w − rate · g / (√s + ε), from s = 0.
void step(Shard shard, float eps, float rate) { HWY_DYNAMIC_DISPATCH(adagrad_step)(shard, eps, rate); }

/// AdaGrad with a rate for each weight. The first step moves every weight by the rate, whatever the gradient.
/// source  Duchi, Hazan, Singer, Adaptive Subgradient Methods for Online Learning and Stochastic Optimization,
///         JMLR 12, 2011
const core::Registration<Optimizer> registration{
    "adagrad", [](const core::Arguments& arguments) -> std::unique_ptr<Optimizer> {
      arguments.expect_only({"eps"});
      const double eps = positive(arguments, "eps", 1e-10);
      return std::make_unique<RuleMethod>(
          fmt::format("adagrad(eps={})", core::shortest(eps)),
          "AdaGrad: each weight's rate falls with its sum of squared gradients", FirstRate{.own = 0.1},
          std::make_unique<VectorRule<float>>("adagrad", step, static_cast<float>(eps)));
    }};

}  // namespace
}  // namespace descent::train
#endif
