#include <fmt/format.h>

#include <cmath>

#include "descent/core/text.hpp"
#include "descent/train/optimizer.hpp"

namespace descent::train {
namespace {

/// v ← βv + g, w ← w − rate · v, from v = 0.
class HeavyBallRule final : public engine::UpdateRule {
 public:
  explicit HeavyBallRule(float beta) : beta_(beta) {}
  std::string_view name() const noexcept override { return "heavy ball"; }
  std::size_t state_per_parameter() const noexcept override { return 1; }
  void update(std::span<float> w, std::span<const float> g, std::span<float> state,
              engine::StepContext step) const noexcept override {
    for (std::size_t j = 0; j < w.size(); ++j) {
      state[j] = std::fma(beta_, state[j], g[j]);
      w[j] = std::fma(-step.rate, state[j], w[j]);
    }
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

const core::Registration<Optimizer> registration{
    "momentum", [](const core::Arguments& arguments) -> std::unique_ptr<Optimizer> {
      arguments.expect_only({"beta"});
      const double beta = arguments.number("beta", 0.9);
      if (!(beta >= 0 && beta < 1))
        throw core::UsageError(
            fmt::format("{}: beta is {}; expected a number from 0 to below 1", arguments.text, core::shortest(beta)));
      return std::make_unique<Momentum>(beta);
    }};

}  // namespace
}  // namespace descent::train
