#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/momentum.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "train/optimizers/elementwise-inl.hpp"
#include "train/optimizers/vector_rule.hpp"

HWY_BEFORE_NAMESPACE();
namespace descent::train {
namespace HWY_NAMESPACE {

void momentum_step(Shard shard, float beta, float rate) {
  float* const sum = shard.state;
  for_values(shard.m, [&](auto d, std::size_t at) HWY_ATTR {
    const auto v = hn::MulAdd(hn::Set(d, beta), hn::LoadU(d, sum + at), hn::LoadU(d, shard.g + at));
    hn::StoreU(v, d, sum + at);
    hn::StoreU(hn::MulAdd(hn::Set(d, -rate), v, hn::LoadU(d, shard.w + at)), d, shard.w + at);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace descent::train
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::train {
namespace {

HWY_EXPORT(momentum_step);

/// The heavy ball: v ← βv + g, w ← w − rate · v, from v = 0. At a constant rate w' = w − rate · g + β (w − the weights
/// before).
/// source  Polyak, Some methods of speeding up the convergence of iteration methods, USSR Computational Mathematics
///         and Mathematical Physics 4(5), 1964
const core::Registration<Optimizer> registration{
    "momentum", [](const core::Arguments& arguments) -> std::unique_ptr<Optimizer> {
      return make_with_momentum(arguments, "momentum", "heavy ball: steps along a sum of past gradients",
                                [](Shard shard, float beta, float rate) {
                                  HWY_DYNAMIC_DISPATCH(momentum_step)(shard, beta, rate);
                                });
    }};

}  // namespace
}  // namespace descent::train
#endif
