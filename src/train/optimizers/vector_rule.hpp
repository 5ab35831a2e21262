#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <tuple>

#include "descent/core/text.hpp"
#include "descent/train/optimizer.hpp"
#include "train/optimizers/parameters.hpp"

namespace descent::train {

/// A shard of m weights, their gradient, and the rule's state for them: consecutive blocks of m.
struct Shard {
  float* w;
  const float* g;
  float* state;
  std::size_t m;
};

/// A rule that remembers one number per weight; its vectorised step gets `numbers` and the rate.
template <class... Numbers>
class VectorRule final : public engine::UpdateRule {
 public:
  using Step = void (*)(Shard shard, Numbers... numbers, float rate);
  VectorRule(std::string_view name, Step step, Numbers... numbers) : name_(name), step_(step), numbers_(numbers...) {}
  std::string_view name() const noexcept override { return name_; }
  std::size_t state_per_parameter() const noexcept override { return 1; }
  void update(std::span<float> w, std::span<const float> g, std::span<float> state,
              engine::StepContext step) const noexcept override {
    std::apply(
        [&](auto... numbers) {
          step_({w.data(), g.data(), state.data(), w.size()}, numbers..., step.rate);
        },
        numbers_);
  }

 private:
  std::string_view name_;
  Step step_;
  std::tuple<Numbers...> numbers_;
};

/// A method that steps along a sum of past gradients, each of which counts β times as much one step later.
class WithMomentum final : public Optimizer {
 public:
  /// `name` and `description` are literals. Throws UsageError if the argument beta is not in [0, 1).
  WithMomentum(const core::Arguments& arguments, std::string_view name, std::string_view description,
               VectorRule<float>::Step step)
      : name_(name),
        description_(description),
        beta_(fraction(arguments, "beta", 0.9)),
        rule_(name, step, static_cast<float>(beta_)) {
    arguments.expect_only({"beta"});
  }
  std::string name() const override { return fmt::format("{}(beta={})", name_, core::shortest(beta_)); }
  std::string_view description() const noexcept override { return description_; }
  const engine::UpdateRule* rule() const override { return &rule_; }
  /// With a constant gradient g a step moves by rate · g / (1 − β); this rate makes it as long as a plain step.
  double first_rate(double theory, std::size_t /*batch*/) const override { return (1 - beta_) * theory; }

 private:
  std::string_view name_, description_;
  double beta_;
  VectorRule<float> rule_;
};

}  // namespace descent::train
