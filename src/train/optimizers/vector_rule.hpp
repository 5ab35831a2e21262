#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "descent/core/text.hpp"
#include "descent/train/optimizer.hpp"
#include "train/optimizers/parameters.hpp"

namespace descent::train {

/// A shard of m weights, their gradient, and what the rule remembers of them: block after block of m.
struct Shard {
  float* w;
  const float* g;
  float* state;
  std::size_t m;
};

/// A rule that remembers one number of each weight, by a vectorised step that is told `numbers` and the rate.
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

/// Where the search for a rate begins: at so many times what theory says of plain steps, or at a rate of its own.
struct FirstRate {
  double of_theory = 0, own = 0;
};

/// A method that is nothing but its rule.
class RuleMethod final : public Optimizer {
 public:
  /// `name` with its parameters; `description` is a literal.
  RuleMethod(std::string name, std::string_view description, FirstRate first,
             std::unique_ptr<const engine::UpdateRule> rule)
      : name_(std::move(name)), description_(description), first_(first), rule_(std::move(rule)) {}
  std::string name() const override { return name_; }
  std::string_view description() const noexcept override { return description_; }
  const engine::UpdateRule* rule() const override { return rule_.get(); }
  double first_rate(double theory, std::size_t /*batch*/) const override {
    return first_.of_theory * theory + first_.own;
  }

 private:
  std::string name_;
  std::string_view description_;
  FirstRate first_;
  std::unique_ptr<const engine::UpdateRule> rule_;
};

/// A method that steps along a sum of past gradients, each of which counts β times as much one step later. `name` and
/// `description` are literals. Throws UsageError where the argument beta is no fraction.
inline std::unique_ptr<Optimizer> make_with_momentum(const core::Arguments& arguments, std::string_view name,
                                                     std::string_view description, VectorRule<float>::Step step) {
  arguments.expect_only({"beta"});
  const double beta = fraction(arguments, "beta", 0.9);
  // A constant gradient moves it by rate / (1 − β) a step: the rate at which it goes as far as a plain step.
  return std::make_unique<RuleMethod>(fmt::format("{}(beta={})", name, core::shortest(beta)), description,
                                      FirstRate{.of_theory = 1 - beta},
                                      std::make_unique<VectorRule<float>>(name, step, static_cast<float>(beta)));
}

}  // namespace descent::train
