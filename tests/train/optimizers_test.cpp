#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "descent/core/random.hpp"
#include "descent/train/model.hpp"
#include "descent/train/optimizer.hpp"
#include "descent/train/train.hpp"
#include "train/toys.hpp"

namespace descent::train {
namespace {

// What holds of every registered optimizer.
class Optimizers : public ::testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Optimizer> optimizer() const { return make_optimizer(GetParam()); }
};

TEST_P(Optimizers, ReachesTheMinimumOfAQuadratic) {
  testing::Line line({1, 2, 3, 6}, 1.0, -4.0F);
  const auto method = optimizer();
  std::vector<float> w{-4.0F}, state(method->state_size(line));
  const std::vector<double> rates(600, method->first_rate(0.1, 4));
  engine::StepSequence steps;
  steps.batch = 4, steps.rates = rates;
  method->advance(line, steps, w, state);
  EXPECT_TRUE(std::abs(w[0] - 3) <= 1e-5) << w[0];
}

TEST_P(Optimizers, ShardsCutAnywhereGiveTheSameBits) {
  constexpr std::size_t m = 203;
  const auto method = optimizer();
  const engine::UpdateRule* const rule = method->rule();
  if (rule == nullptr) return;  // it takes its own steps
  const std::size_t blocks = rule->state_per_parameter();
  core::CounterRandom random(1, core::Purpose::noise);
  std::vector<float> w(m), g(m);
  for (std::size_t j = 0; j < m; ++j) {
    w[j] = static_cast<float>(random.next_normal());
    g[j] = static_cast<float>(random.next_normal());
  }
  std::vector<float> expected = w, state(blocks * m);
  for (std::uint64_t step = 0; step < 3; ++step) rule->update(expected, g, state, {0.3F, step});
  for (const std::size_t cut : {1U, 7U, 8U, 16U, 100U, 202U}) {
    std::vector<float> found = w;
    for (const auto& [begin, end] : {std::pair<std::size_t, std::size_t>{0, cut}, {cut, m}}) {
      std::vector<float> shard_state(blocks * (end - begin));
      const std::span<float> shard(found.data() + begin, end - begin);
      for (std::uint64_t step = 0; step < 3; ++step)
        rule->update(shard, std::span<const float>(g).subspan(begin, end - begin), shard_state, {0.3F, step});
    }
    EXPECT_EQ(found, expected) << "cut at " << cut;
  }
}

TEST_P(Optimizers, TenStepsAreFourAndSix) {
  const auto method = optimizer();
  const std::vector<std::uint32_t> rows{0, 1, 3, 2, 2, 1, 0, 3, 3, 1};
  std::vector<double> rates, losses(10), halves(10);
  for (int step = 0; step < 10; ++step) rates.push_back(0.5 / (1 + step));
  testing::Line line({-2, -1, 0, 3}, 1.3);
  const auto run = [&](std::size_t from, std::size_t to, std::span<float> w, std::span<float> state,
                       std::span<double> out) {
    engine::StepSequence steps;
    steps.rows = std::span(rows).subspan(from, to - from);
    steps.batch = 1;
    steps.rates = std::span(rates).subspan(from, to - from);
    steps.losses = out.subspan(from, to - from);
    steps.first_step = from;
    method->advance(line, steps, w, state);
  };
  std::vector<float> w{2}, state(method->state_size(line)), other{2}, other_state(state);
  run(0, 10, w, state, losses);
  run(0, 4, other, other_state, halves);
  run(4, 10, other, other_state, halves);
  EXPECT_EQ(w, other);
  EXPECT_EQ(state, other_state);
  EXPECT_EQ(losses, halves);
}

TEST_P(Optimizers, ItsNameMakesItAgain) {
  const auto method = optimizer();
  EXPECT_EQ(make_optimizer(method->name())->name(), method->name());
  EXPECT_FALSE(method->description().empty());
  EXPECT_TRUE(method->full_batch() || method->stochastic());
  if (!method->at_full_batch().empty()) {
    EXPECT_TRUE(make_optimizer(method->at_full_batch())->full_batch());
  }
}

INSTANTIATE_TEST_SUITE_P(Registry, Optimizers, ::testing::ValuesIn(OptimizerRegistry::instance().names()),
                         [](const auto& method) { return method.param; });

TEST(PlainRule, IsOneFusedMultiplyAdd) {
  std::vector<float> w{1.0F, -2.5F, 3e-8F}, g{0.1F, 7.0F, -1e8F};
  const std::vector<float> before = w;
  engine::plain_rule().update(w, g, {}, {0.3F, 0});
  EXPECT_TRUE(engine::plain_rule().is_plain());
  for (std::size_t j = 0; j < 3; ++j) EXPECT_EQ(w[j], std::fma(-0.3F, g[j], before[j]));
  for (const char* name : {"gd", "sgd"}) EXPECT_TRUE(make_optimizer(name)->plain_step());
  EXPECT_FALSE(make_optimizer("momentum")->plain_step());
}

TEST(OptimizerRegistry, IsTheFolder) {
  std::set<std::string> files, registered;
  for (const auto& entry : std::filesystem::directory_iterator(DESCENT_SOURCE_DIR "/src/train/optimizers"))
    if (entry.path().extension() == ".cpp") files.insert(entry.path().filename());
  for (const auto& entry : OptimizerRegistry::instance().entries())
    registered.insert(std::filesystem::path(entry.file).filename());
  EXPECT_EQ(files, registered);
}

TEST(ModelRegistry, IsTheFolder) {
  std::set<std::string> files, registered;
  for (const auto& entry : std::filesystem::directory_iterator(DESCENT_SOURCE_DIR "/src/train/models"))
    if (entry.path().extension() == ".cpp") files.insert(entry.path().filename());
  for (const auto& entry : ModelRegistry::instance().entries())
    registered.insert(std::filesystem::path(entry.file).filename());
  EXPECT_EQ(files, registered);
}

TEST(OptimizerRegistry, SaysWhichRunWhere) {
  EXPECT_FALSE(make_optimizer("gd")->stochastic());
  EXPECT_FALSE(make_optimizer("sgd")->full_batch());
  EXPECT_EQ(make_optimizer("sgd")->at_full_batch(), "gd");
  EXPECT_TRUE(make_optimizer("momentum")->full_batch() && make_optimizer("momentum")->stochastic());
  EXPECT_THROW(make_optimizer("sgdd"), core::UsageError);
  EXPECT_THROW(make_optimizer("gd(beta=1)"), core::UsageError);
}

/// Heavy ball on ½ h w² from 1, all rows, by train(): the weights after each step.
std::vector<double> heavy_ball(double beta, double rate, std::int64_t steps) {
  testing::Line line({0}, 1, 1);
  std::vector<double> w;
  TrainOptions options;
  options.sampling = Sampling::none;
  options.schedule.base = rate;
  options.max_steps = steps;
  options.every_step = true;
  options.observe = [&](std::int64_t, std::span<const float> weights, const engine::Evaluation&) {
    w.push_back(weights[0]);
  };
  train(line, *make_optimizer("momentum(beta=" + std::to_string(beta) + ")"), options);
  return w;
}

// w' = (1 + β − αh) w − β w₋₁ from w₋₁ = w₀ = 1. With αh = (1 − √β)² both roots are √β: w_k = √β^k (1 + k (w₁/√β − 1)),
// w₁ = 1 − αh. β = 1/4, αh = 1/4: 2^−k (1 + k/2), exact in float32.
TEST(Momentum, IsTheHeavyBallAtCriticalDamping) {
  const std::vector<double> w = heavy_ball(0.25, 0.25, 15);
  for (std::size_t k = 0; k < w.size(); ++k)
    EXPECT_EQ(w[k], std::ldexp(1 + static_cast<double>(k) / 2, -static_cast<int>(k))) << k;
}

// Below that damping the roots are √β e^±iθ, cos θ = (1 + β − αh) / 2√β.
TEST(Momentum, IsTheHeavyBallWhereItSwings) {
  const double beta = 0.9, rate = 0.1, r = std::sqrt(beta), theta = std::acos((1 + beta - rate) / (2 * r)),
               b = ((1 - rate) / r - std::cos(theta)) / std::sin(theta);
  const std::vector<double> w = heavy_ball(beta, rate, 120);
  ASSERT_EQ(w.size(), 121U);
  for (std::size_t k = 0; k < w.size(); ++k) {
    const auto at = static_cast<double>(k);
    EXPECT_TRUE(std::abs(w[k] - std::pow(r, at) * (std::cos(at * theta) + b * std::sin(at * theta))) <= 2e-6) << k;
  }
  EXPECT_LT(*std::min_element(w.begin(), w.end()), -0.3) << "it swings";
}

TEST(Momentum, WithoutMemoryIsAPlainStep) {
  testing::LeastSquares squares;
  TrainOptions options;
  options.batch = 2, options.schedule.base = 0.3, options.max_steps = 50, options.seed = 3;
  EXPECT_EQ(train(squares, *make_optimizer("momentum(beta=0)"), options).weights,
            train(squares, *make_optimizer("sgd"), options).weights);
}

TEST(Momentum, HasACanonicalNameAndRefusesWhatDoesNotDamp) {
  EXPECT_EQ(make_optimizer("momentum")->name(), "momentum(beta=0.9)");
  EXPECT_EQ(make_optimizer("momentum(beta=0.50)")->name(), "momentum(beta=0.5)");
  EXPECT_TRUE(std::abs(make_optimizer("momentum(beta=0.9)")->first_rate(2, 8) - 0.2) <= 1e-15);
  for (const char* spec : {"momentum(beta=1)", "momentum(beta=-0.1)", "momentum(gamma=1)"})
    EXPECT_THROW(make_optimizer(spec), core::UsageError) << spec;
}

// Between grid points too: the way there is walked once more, with what it remembers.
TEST(Momentum, AValueIsPassedAtAKnownStep) {
  testing::Line line({2}, 1, 0);
  TrainOptions options;
  options.sampling = Sampling::none, options.schedule.base = 1e-4, options.max_steps = 300;
  const auto momentum = make_optimizer("momentum(beta=0.9)");
  options.every_step = true;
  const Trace all = train(line, *momentum, options);
  options.every_step = false;
  options.exact_at = {*all.curve.loss[201]};
  const Trace exact = train(line, *momentum, options);
  const auto found = std::find(exact.curve.step.begin(), exact.curve.step.end(), 201);
  ASSERT_NE(found, exact.curve.step.end());
  for (std::size_t i = 0; i < exact.curve.step.size(); ++i)
    EXPECT_EQ(exact.curve.loss[i], all.curve.loss[static_cast<std::size_t>(exact.curve.step[i])]);
}

}  // namespace
}  // namespace descent::train
