#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/nesterov.cpp"
#include <fmt/format.h>
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "descent/train/optimizer.hpp"
#include "train/optimizers/elementwise-inl.hpp"
#include "train/optimizers/parameters.hpp"

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

/// v ← βv + g, w ← w − rate · (g + βv), from v = 0. The w are the points at which gradients are taken.
class NesterovRule final : public engine::UpdateRule {
 public:
  explicit NesterovRule(float beta) : beta_(beta) {}
  std::string_view name() const noexcept override { return "nesterov"; }
  std::size_t state_per_parameter() const noexcept override { return 1; }
  void update(std::span<float> w, std::span<const float> g, std::span<float> state,
              engine::StepContext step) const noexcept override {
    HWY_DYNAMIC_DISPATCH(nesterov_step)({w.data(), g.data(), state.data(), w.size()}, beta_, step.rate);
  }

 private:
  float beta_;
};

/// Nesterov's accelerated gradient with a constant momentum, in the form of deep-learning libraries: with x' = w − rate
/// · g the next point is w' = x' + β (x' − x). source  Nesterov, Introductory Lectures on Convex Optimization, 2004,
/// §2.2; Sutskever, Martens, Dahl, Hinton, On the
///         importance of initialization and momentum in deep learning, ICML 2013
class Nesterov final : public Optimizer {
 public:
  explicit Nesterov(double beta) : beta_(beta), rule_(static_cast<float>(beta)) {}
  std::string name() const override { return fmt::format("nesterov(beta={})", core::shortest(beta_)); }
  std::string_view description() const noexcept override { return "Nesterov's accelerated gradient"; }
  const engine::UpdateRule* rule() const override { return &rule_; }
  double first_rate(double theory, std::size_t /*batch*/) const override { return (1 - beta_) * theory; }

 private:
  double beta_;
  NesterovRule rule_;
};

const core::Registration<Optimizer> registration{"nesterov",
                                                 [](const core::Arguments& arguments) -> std::unique_ptr<Optimizer> {
                                                   arguments.expect_only({"beta"});
                                                   return std::make_unique<Nesterov>(fraction(arguments, "beta", 0.9));
                                                 }};

}  // namespace
}  // namespace descent::train
#endif
