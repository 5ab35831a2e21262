#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/momentum.cpp"
#include <fmt/format.h>
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "descent/train/optimizer.hpp"
#include "train/optimizers/elementwise-inl.hpp"
#include "train/optimizers/parameters.hpp"

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

/// v ← βv + g, w ← w − rate · v, from v = 0.
class HeavyBallRule final : public engine::UpdateRule {
 public:
  explicit HeavyBallRule(float beta) : beta_(beta) {}
  std::string_view name() const noexcept override { return "heavy ball"; }
  std::size_t state_per_parameter() const noexcept override { return 1; }
  void update(std::span<float> w, std::span<const float> g, std::span<float> state,
              engine::StepContext step) const noexcept override {
    HWY_DYNAMIC_DISPATCH(momentum_step)({w.data(), g.data(), state.data(), w.size()}, beta_, step.rate);
  }

 private:
  float beta_;
};

/// The heavy ball: at a constant rate w' = w − rate · g + β (w − the weights before).
/// source  Polyak, Some methods of speeding up the convergence of iteration methods, USSR Computational Mathematics
///         and Mathematical Physics 4(5), 1964
class Momentum final : public Optimizer {
 public:
  explicit Momentum(double beta) : beta_(beta), rule_(static_cast<float>(beta)) {}
  std::string name() const override { return fmt::format("momentum(beta={})", core::shortest(beta_)); }
  std::string_view description() const noexcept override { return "heavy ball: steps along a sum of past gradients"; }
  const engine::UpdateRule* rule() const override { return &rule_; }
  /// A constant gradient moves it by rate / (1 − β) a step: the rate at which it goes as far as a plain step.
  double first_rate(double theory, std::size_t /*batch*/) const override { return (1 - beta_) * theory; }

 private:
  double beta_;
  HeavyBallRule rule_;
};

const core::Registration<Optimizer> registration{"momentum",
                                                 [](const core::Arguments& arguments) -> std::unique_ptr<Optimizer> {
                                                   arguments.expect_only({"beta"});
                                                   return std::make_unique<Momentum>(fraction(arguments, "beta", 0.9));
                                                 }};

}  // namespace
}  // namespace descent::train
#endif
