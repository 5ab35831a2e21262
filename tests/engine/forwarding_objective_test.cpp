#include "descent/engine/forwarding_objective.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "descent/engine/update_rule.hpp"

namespace descent::engine {
namespace {

/// Answers every question with a number of its own.
class Numbered final : public Objective {
 public:
  std::size_t parameters() const override { return 2; }
  std::size_t examples() const override { return 3; }
  void initial(std::uint64_t seed, std::span<float> w) const override {
    std::fill(w.begin(), w.end(), static_cast<float>(seed));
  }
  double value(std::span<const float> w) override { return 5 + w[0]; }
  double gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) override {
    out[0] = 7;
    return 8 + w[0] + static_cast<double>(rows.size());
  }
  Cost cost(std::size_t batch) const override { return {static_cast<double>(batch), 9}; }
  void advance(const UpdateRule&, const StepSequence& steps, std::span<float> w, std::span<float> state) override {
    w[0] = static_cast<float>(steps.batch), state[0] = 11;
  }
  std::size_t group_steps(const UpdateRule&, std::size_t batch) const override { return 12 + batch; }
  Evaluation evaluate(std::span<const float> w) override {
    Evaluation result;
    result.gradient_norm = 13 + w[0];
    return result;
  }
};

class Rule final : public UpdateRule {
 public:
  std::string_view name() const noexcept override { return "none"; }
  std::size_t state_per_parameter() const noexcept override { return 1; }
  void update(std::span<float>, std::span<const float>, std::span<float>, float) const noexcept override {}
};

TEST(ForwardingObjective, IsTheOtherOneInEverything) {
  class Same final : public ForwardingObjective {
    using ForwardingObjective::ForwardingObjective;
  };
  Numbered inner;
  Same same(inner);
  const Rule rule;
  std::vector<float> w(2), out(2), state(1);
  EXPECT_EQ(same.parameters(), 2U);
  EXPECT_EQ(same.examples(), 3U);
  same.initial(4, w);
  EXPECT_EQ(w, (std::vector<float>{4, 4}));
  EXPECT_EQ(same.value(w), 9);
  const std::vector<std::uint32_t> rows{0, 1};
  EXPECT_EQ(same.gradient(w, rows, out), 14);
  EXPECT_EQ(out[0], 7);
  EXPECT_EQ(same.cost(6).flops, 6);
  EXPECT_EQ(same.cost(6).bytes, 9);
  StepSequence steps;
  steps.batch = 10;
  same.advance(rule, steps, w, state);
  EXPECT_EQ(w[0], 10);
  EXPECT_EQ(state[0], 11);
  EXPECT_EQ(same.group_steps(rule, 1), 13U);
  EXPECT_EQ(same.evaluate(w).gradient_norm, 23);
}

}  // namespace
}  // namespace descent::engine
