#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/nesterov.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "train/optimizers/elementwise-inl.hpp"
#include "train/optimizers/vector_rule.hpp"

HWY_BEFORE_NAMESPACE();
namespace descent::train {
namespace HWY_NAMESPACE {

void nesterov_step(Shard shard, float beta, float rate) {
  float* const sum = shard.state;
  for_values(shard.m, [&](auto d, std::size_t at) HWY_ATTR {
    const auto g = hn::LoadU(d, shard.g + at);
    const auto v = hn::MulAdd(hn::Set(d, beta), hn::LoadU(d, sum + at), g);
    hn::StoreU(v, d, sum + at);
    const auto ahead = hn::MulAdd(hn::Set(d, beta), v, g);
    hn::StoreU(hn::MulAdd(hn::Set(d, -rate), ahead, hn::LoadU(d, shard.w + at)), d, shard.w + at);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace descent::train
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::train {
namespace {

HWY_EXPORT(nesterov_step);

/// Nesterov's accelerated gradient with a constant momentum, in the form of deep-learning libraries: v ← βv + g,
/// w ← w − rate · (g + βv), from v = 0. The w are the points at which gradients are taken: with x' = w − rate · g the
/// next is w' = x' + β (x' − x).
/// source  Nesterov, Introductory Lectures on Convex Optimization, 2004, §2.2; Sutskever, Martens, Dahl, Hinton, On
///         the importance of initialization and momentum in deep learning, ICML 2013
const core::Registration<Optimizer> registration{
    "nesterov", [](const core::Arguments& arguments) -> std::unique_ptr<Optimizer> {
      return make_with_momentum(arguments, "nesterov", "Nesterov's accelerated gradient",
                                [](Shard shard, float beta, float rate) {
                                  HWY_DYNAMIC_DISPATCH(nesterov_step)(shard, beta, rate);
                                });
    }};

}  // namespace
}  // namespace descent::train
#endif
