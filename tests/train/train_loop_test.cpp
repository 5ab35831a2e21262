#include <gtest/gtest.h>

#include <cmath>

#include "descent/train/train.hpp"
#include "train/runs.hpp"
#include "train/toys.hpp"

// What train() passes to its objective and to the update rule, and how often it calls them.

namespace descent::train {
namespace {

/// ½(w − 2)² + ½ w², with the steps that Objective takes by default.
class Ridge final : public engine::Objective {
 public:
  std::size_t parameters() const override { return 1; }
  std::size_t examples() const override { return 1; }
  void initial(std::uint64_t, std::span<float> w) const override { w[0] = 5; }
  double value(std::span<const float> w) override {
    float unused;
    return gradient(w, {}, {&unused, 1});
  }
  double gradient(std::span<const float> w, std::span<const std::uint32_t>, std::span<float> out) override {
    out[0] = 2 * w[0] - 2;
    return 0.5 * (w[0] - 2) * (w[0] - 2) + regulariser(w);
  }
  double regulariser(std::span<const float> w) const override { return 0.5 * w[0] * w[0]; }
  engine::Cost cost(std::size_t) const override { return {}; }
};

TEST(Train, ABatchLossHasTheRegulariserOnce) {
  Ridge ridge;
  const Trace trace = train(ridge, *plain(), full_batch(0.125, 12));
  EXPECT_EQ(trace.curve.loss.front(), 4.5 + 12.5);
  for (std::size_t k = 0; k < trace.curve.step.size(); ++k)
    EXPECT_TRUE(std::abs(*trace.curve.batch_loss[k] - *trace.curve.loss[k]) <= 1e-12) << k;
}

/// An optimizer that uses a given update rule.
class ByRule final : public Optimizer {
 public:
  explicit ByRule(const engine::UpdateRule& rule) : rule_(rule) {}
  std::string name() const override { return "by rule"; }
  std::string_view description() const noexcept override { return "for tests"; }
  const engine::UpdateRule* rule() const override { return &rule_; }

 private:
  const engine::UpdateRule& rule_;
};

/// Does not move the weights, but records what it is called with.
class Listening final : public engine::UpdateRule {
 public:
  std::string_view name() const noexcept override { return "listening"; }
  std::size_t state_per_parameter() const noexcept override { return 0; }
  void update(std::span<float>, std::span<const float>, std::span<float>,
              engine::StepContext step) const noexcept override {
    told.push_back(step.step), rates.push_back(step.rate);
  }
  mutable std::vector<std::uint64_t> told;
  mutable std::vector<float> rates;
};

TEST(Train, ARuleIsToldTheRateAndTheNumberOfEveryStep) {
  testing::Line line({-2, -1, 0, 3, 5, 9, 2}, 1);
  TrainOptions options;
  options.batch = 2;
  options.schedule = {Schedule::Kind::inverse, 0.5, 3};
  options.max_steps = 70;
  const Listening rule;
  train(line, ByRule(rule), options);
  ASSERT_EQ(rule.told.size(), 70U);
  for (std::size_t k = 0; k < 70; ++k) {
    EXPECT_EQ(rule.told[k], k);
    EXPECT_EQ(rule.rates[k], static_cast<float>(0.5 / (1 + static_cast<double>(k) / 3)));
  }
}

TEST(Train, BeginsAtGivenWeights) {
  testing::Line line = halving();
  const std::vector<float> start{1.5F};
  TrainOptions options = full_batch(0.5, 4);
  options.start = start;
  const Trace trace = train(line, *plain(), options);
  EXPECT_EQ(trace.curve.loss.front(), 0.125);
  EXPECT_EQ(trace.weights, std::vector<float>{2 - std::ldexp(0.5F, -4)});
}

/// Counts its calls.
class Counting final : public engine::Objective {
 public:
  std::size_t parameters() const override { return 1; }
  std::size_t examples() const override { return 0; }
  void initial(std::uint64_t, std::span<float> w) const override { w[0] = 1; }
  double value(std::span<const float> w) override { return ++values, w[0] * w[0]; }
  double gradient(std::span<const float> w, std::span<const std::uint32_t>, std::span<float> out) override {
    out[0] = 2 * w[0];
    return w[0] * w[0];
  }
  engine::Evaluation evaluate(std::span<const float> w) override {
    ++evaluations;
    return Objective::evaluate(w);
  }
  engine::Cost cost(std::size_t) const override { return {}; }
  int values = 0, evaluations = 0;
};

TEST(Train, LooksAtNoMoreThanIsWanted) {
  Counting counting;
  TrainOptions options = full_batch(0.01, 16);
  train(counting, *plain(), options);
  EXPECT_EQ(counting.evaluations, 17);
  EXPECT_EQ(counting.values, 0);
  options.metrics = Metrics::value;
  const Trace values = train(counting, *plain(), options);
  EXPECT_EQ(counting.evaluations, 17);
  EXPECT_EQ(counting.values, 17);
  options.f0 = 7, options.look_from = 10;
  const Trace late = train(counting, *plain(), options);
  EXPECT_EQ(counting.values, 17 + 7);
  for (std::size_t k = 0; k < 10; ++k) EXPECT_EQ(late.curve.loss[k], 7);
  for (std::size_t k = 10; k <= 16; ++k) EXPECT_EQ(late.curve.loss[k], values.curve.loss[k]);
  EXPECT_EQ(late.weights_hash, values.weights_hash);
  options.look_from = 0;
  train(counting, *plain(), options);
  EXPECT_EQ(counting.values, 24 + 16) << "the value at the start was given as f0";
}

}  // namespace
}  // namespace descent::train
