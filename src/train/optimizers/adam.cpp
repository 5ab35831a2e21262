#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/adam.cpp"
#include <fmt/format.h>
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include <cmath>

#include "descent/train/optimizer.hpp"
#include "train/optimizers/elementwise-inl.hpp"
#include "train/optimizers/parameters.hpp"
#include "train/optimizers/vector_rule.hpp"

#ifndef DESCENT_TRAIN_ADAM_ONCE
#define DESCENT_TRAIN_ADAM_ONCE
namespace descent::train {

/// Of one step. rest = 1 − β, taken before it is rounded: of β₂ = 0.999 in float32 only five digits of it would be
/// left.
struct AdamNumbers {
  float beta1, rest1, beta2, rest2;
  float rate;  ///< the learning rate over 1 − β₁ᵗ
  float root;  ///< 1 / √(1 − β₂ᵗ)
  float eps;
};

}  // namespace descent::train
#endif  // DESCENT_TRAIN_ADAM_ONCE

HWY_BEFORE_NAMESPACE();
namespace descent::train {
namespace HWY_NAMESPACE {

void adam_step(Shard shard, const AdamNumbers& n) {
  float* const means = shard.state;
  float* const squares = shard.state + shard.m;
  for_values(shard.m, [&](auto d, std::size_t at) HWY_ATTR {
    const auto g = hn::LoadU(d, shard.g + at);
    const auto m = hn::MulAdd(hn::Set(d, n.beta1), hn::LoadU(d, means + at), hn::Mul(hn::Set(d, n.rest1), g));
    const auto fresh = hn::Mul(hn::Set(d, n.rest2), hn::Mul(g, g));
    const auto v = hn::MulAdd(hn::Set(d, n.beta2), hn::LoadU(d, squares + at), fresh);
    hn::StoreU(m, d, means + at);
    hn::StoreU(v, d, squares + at);
    const auto move = hn::Div(m, hn::MulAdd(hn::Sqrt(v), hn::Set(d, n.root), hn::Set(d, n.eps)));
    hn::StoreU(hn::MulAdd(hn::Set(d, -n.rate), move, hn::LoadU(d, shard.w + at)), d, shard.w + at);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace descent::train
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::train {
namespace {

HWY_EXPORT(adam_step);

/// What the zeros that the two means start from cost them at step t = 1, 2, …
struct Correction {
  float mean, root;  ///< 1 / (1 − β₁ᵗ) and 1 / √(1 − β₂ᵗ)
};
/// Two powers, and a rule is called for every shard of a step: each thread keeps those of its last step.
Correction correction(double beta1, double beta2, std::uint64_t step) {
  struct Kept {
    double beta1 = -1, beta2 = -1;
    std::uint64_t step = 0;
    Correction value{};
  };
  thread_local Kept kept;
  if (kept.beta1 != beta1 || kept.beta2 != beta2 || kept.step != step) {
    const auto t = static_cast<double>(step + 1);
    kept = {
        beta1,
        beta2,
        step,
        {static_cast<float>(1 / (1 - std::pow(beta1, t))), static_cast<float>(1 / std::sqrt(1 - std::pow(beta2, t)))}};
  }
  return kept.value;
}

/// m ← β₁m + (1 − β₁) g, v ← β₂v + (1 − β₂) g², w ← w − rate · m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
class AdamRule final : public engine::UpdateRule {
 public:
  AdamRule(double beta1, double beta2, double eps) : beta1_(beta1), beta2_(beta2), eps_(eps) {}
  std::string_view name() const noexcept override { return "adam"; }
  std::size_t state_per_parameter() const noexcept override { return 2; }
  void update(std::span<float> w, std::span<const float> g, std::span<float> state,
              engine::StepContext step) const noexcept override {
    const Correction now = correction(beta1_, beta2_, step.step);
    const auto narrow = [](double value) { return static_cast<float>(value); };
    HWY_DYNAMIC_DISPATCH(adam_step)
    ({w.data(), g.data(), state.data(), w.size()}, {narrow(beta1_), narrow(1 - beta1_), narrow(beta2_),
                                                    narrow(1 - beta2_), step.rate * now.mean, now.root, narrow(eps_)});
  }

 private:
  double beta1_, beta2_, eps_;
};

/// Adam with its bias corrections. Steps are of the rate's size, whatever the gradient's.
/// source  Kingma, Ba, Adam: A Method for Stochastic Optimization, ICLR 2015
const core::Registration<Optimizer> registration{
    "adam", [](const core::Arguments& arguments) -> std::unique_ptr<Optimizer> {
      arguments.expect_only({"beta1", "beta2", "eps"});
      const double beta1 = fraction(arguments, "beta1", 0.9), beta2 = fraction(arguments, "beta2", 0.999),
                   eps = positive(arguments, "eps", 1e-8);
      return std::make_unique<RuleMethod>(fmt::format("adam(beta1={},beta2={},eps={})", core::shortest(beta1),
                                                      core::shortest(beta2), core::shortest(eps)),
                                          "Adam: a mean of gradients over a root mean square of them",
                                          FirstRate{.own = 0.01}, std::make_unique<AdamRule>(beta1, beta2, eps));
    }};

}  // namespace
}  // namespace descent::train
#endif
