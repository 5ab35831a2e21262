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

/// AdaGrad with a rate for each weight.
/// source  Duchi, Hazan, Singer, Adaptive Subgradient Methods for Online Learning and Stochastic Optimization,
///         JMLR 12, 2011
class Adagrad final : public Optimizer {
 public:
  explicit Adagrad(double eps) : eps_(eps), rule_("adagrad", step, static_cast<float>(eps)) {}
  std::string name() const override { return fmt::format("adagrad(eps={})", core::shortest(eps_)); }
  std::string_view description() const noexcept override {
    return "AdaGrad: each weight's rate falls with its sum of squared gradients";
  }
  const engine::UpdateRule* rule() const override { return &rule_; }
  /// The first step moves every weight by the rate, whatever the gradient.
  double first_rate(double /*theory*/, std::size_t /*batch*/) const override { return 0.1; }

 private:
  double eps_;
  VectorRule<float> rule_;
};

const core::Registration<Optimizer> registration{"adagrad",
                                                 [](const core::Arguments& arguments) -> std::unique_ptr<Optimizer> {
                                                   arguments.expect_only({"eps"});
                                                   return std::make_unique<Adagrad>(positive(arguments, "eps", 1e-10));
                                                 }};

}  // namespace
}  // namespace descent::train
#endif
