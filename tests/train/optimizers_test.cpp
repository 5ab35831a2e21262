#include <gtest/gtest.h>

#include <algorithm>
#include <array>
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

// These tests hold for every registered optimizer.
class Optimizers : public ::testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Optimizer> optimizer() const { return make_optimizer(GetParam()); }
};

TEST_P(Optimizers, ReachesTheMinimumOfAQuadratic) {
  testing::Line line({1, 2, 3, 6}, 1.0, 2.0F);
  const auto method = optimizer();
  constexpr std::size_t kSteps = 40'000;
  std::vector<double> rates;
  std::vector<std::uint32_t> rows;
  // The rate falls to a millionth, because some methods move by the rate, whatever the gradient.
  for (std::size_t k = 0; k < kSteps; ++k) {
    rates.push_back(method->first_rate(0.1, 4) * std::exp2(-static_cast<double>(k) / 2000));
    for (std::uint32_t row = 0; row < 4; ++row) rows.push_back(row);
  }
  std::vector<float> w{2.0F}, state(method->state_size(line));
  engine::StepSequence steps;
  steps.rows = rows, steps.batch = 4, steps.rates = rates;
  method->advance(line, steps, w, state);
  EXPECT_TRUE(std::abs(w[0] - 3) <= (method->rule() == nullptr ? 1e-2 : 1e-5)) << w[0];
}

TEST_P(Optimizers, ShardsCutAnywhereGiveTheSameBits) {
  constexpr std::size_t m = 203;
  const auto method = optimizer();
  const engine::UpdateRule* const rule = method->rule();
  if (rule == nullptr) return;  // the method takes its own steps, without a rule
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
  if (!method->reproducible()) return;  // each run of this method is different
  const std::size_t batch = method->least_batch();
  std::vector<std::uint32_t> rows;
  for (const std::uint32_t row : {0U, 1U, 3U, 2U, 2U, 1U, 0U, 3U, 3U, 1U})
    for (std::size_t b = 0; b < batch; ++b) rows.push_back((row + static_cast<std::uint32_t>(b)) % 4);
  std::vector<double> rates, losses(10), halves(10);
  for (int step = 0; step < 10; ++step) rates.push_back(0.5 / (1 + step));
  testing::Line line({-2, -1, 0, 3}, 1.3);
  const auto run = [&](std::size_t from, std::size_t to, std::span<float> w, std::span<float> state,
                       std::span<double> out) {
    engine::StepSequence steps;
    steps.rows = std::span(rows).subspan(from * batch, (to - from) * batch);
    steps.batch = batch;
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

/// The weights after each step of train() on ½ w² with all rows, from w = 1.
std::vector<double> walk(const std::string& method, double rate, std::int64_t steps) {
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
  train(line, *make_optimizer(method), options);
  return w;
}

// w' = (1 + β − αh) w − β w₋₁, from w₋₁ = w₀ = 1. With αh = (1 − √β)², √β is a double root, and w_k = √β^k (1 + k
// (w₁/√β − 1)) with w₁ = 1 − αh. For β = 1/4 and αh = 1/4 this is 2^−k (1 + k/2), which is exact in float32.
TEST(Momentum, IsTheHeavyBallAtCriticalDamping) {
  const std::vector<double> w = walk("momentum(beta=0.25)", 0.25, 15);
  for (std::size_t k = 0; k < w.size(); ++k)
    EXPECT_EQ(w[k], std::ldexp(1 + static_cast<double>(k) / 2, -static_cast<int>(k))) << k;
}

// With less damping the weights oscillate: the roots are √β e^±iθ, with cos θ = (1 + β − αh) / 2√β.
TEST(Momentum, IsTheHeavyBallWhereItSwings) {
  const double beta = 0.9, rate = 0.1, r = std::sqrt(beta), theta = std::acos((1 + beta - rate) / (2 * r)),
               b = ((1 - rate) / r - std::cos(theta)) / std::sin(theta);
  const std::vector<double> w = walk("momentum(beta=0.9)", rate, 120);
  ASSERT_EQ(w.size(), 121U);
  for (std::size_t k = 0; k < w.size(); ++k) {
    const auto at = static_cast<double>(k);
    EXPECT_TRUE(std::abs(w[k] - std::pow(r, at) * (std::cos(at * theta) + b * std::sin(at * theta))) <= 2e-6) << k;
  }
  EXPECT_LT(*std::min_element(w.begin(), w.end()), -0.3) << "the weight has to oscillate";
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

/// ½ Σ h (w − a)² in three dimensions, with all rows. The trajectories of PyTorch below are on this function.
class Bowl final : public engine::Objective {
 public:
  std::size_t parameters() const override { return 3; }
  std::size_t examples() const override { return 1; }
  void initial(std::uint64_t, std::span<float> w) const override { std::fill(w.begin(), w.end(), 0.0F); }
  double value(std::span<const float> w) override {
    std::array<float, 3> unused;
    return gradient(w, {}, unused);
  }
  double gradient(std::span<const float> w, std::span<const std::uint32_t>, std::span<float> out) override {
    constexpr std::array<double, 3> h{0.5, 1, 4}, a{1, -2, 0.5};
    double sum = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      out[j] = static_cast<float>(h[j] * (w[j] - a[j]));
      sum += 0.5 * h[j] * (w[j] - a[j]) * (w[j] - a[j]);
    }
    return sum;
  }
  engine::Cost cost(std::size_t) const override { return {}; }
};

struct Trajectory {
  const char* optimizer;
  double rate;
  std::vector<std::pair<std::size_t, std::array<double, 3>>> weights;  // (number of steps, weights)
};

// Source: torch.optim of PyTorch 1.13.0 in float64 with its defaults (SGD with momentum=0.9, and with nesterov=True),
// from zeros.
TEST(Optimizers, WalkAsThoseOfPyTorchDo) {
  const std::vector<Trajectory> known{{"momentum",
                                       0.05,
                                       {{1, {0.025, -0.1, 0.1}},
                                        {2, {0.071875, -0.285, 0.27}},
                                        {5, {0.309621337891, -1.165688125, 0.79021}},
                                        {20, {1.34179599203, -2.24226105181, 0.674626308296}}}},
                                      {"nesterov",
                                       0.05,
                                       {{1, {0.0475, -0.19, 0.19}},
                                        {2, {0.11299375, -0.44295, 0.3888}},
                                        {5, {0.379684476939, -1.36811538987, 0.7078587904}},
                                        {20, {1.26056972146, -2.1381420452, 0.519748726838}}}},
                                      {"adagrad",
                                       0.1,
                                       {{1, {0.09999999998, -0.099999999995, 0.099999999995}},
                                        {2, {0.166896473133, -0.168874946184, 0.162469504748}},
                                        {5, {0.302285137914, -0.313238401861, 0.277308215726}},
                                        {20, {0.623423985713, -0.697516566993, 0.460352363062}}}},
                                      {"rmsprop",
                                       0.05,
                                       {{1, {0.4999999, -0.499999975, 0.499999975}},
                                        {2, {0.72450652306, -0.800964598836, 0.500000000126}},
                                        {5, {0.95084490597, -1.32231080634, 0.5}},
                                        {20, {0.999994468516, -1.95176362766, 0.5}}}},
                                      {"adam",
                                       0.05,
                                       {{1, {0.049999999, -0.04999999975, 0.04999999975}},
                                        {2, {0.0999167551733, -0.0999630020828, 0.0997938856541}},
                                        {5, {0.24852210481, -0.249366234246, 0.246018170368}},
                                        {20, {0.888773768565, -0.959814594383, 0.635577047745}}}}};
  for (const Trajectory& trajectory : known) {
    const auto method = make_optimizer(trajectory.optimizer);
    for (const auto& [count, expected] : trajectory.weights) {
      Bowl bowl;
      std::vector<float> w(3), state(method->state_size(bowl));
      const std::vector<double> rates(count, trajectory.rate);
      engine::StepSequence steps;
      steps.rates = rates;
      method->advance(bowl, steps, w, state);
      for (std::size_t j = 0; j < 3; ++j)
        EXPECT_TRUE(std::abs(w[j] - expected[j]) <= 2e-6)
            << trajectory.optimizer << " after " << count << ", weight " << j << ": " << w[j];
    }
  }
}

// On ½ h w², the weights follow w'' = (1 + β)(1 − αh) w' − β (1 − αh) w. With β = 1/3 and αh = 1/4, 1/2 is a double
// root.
TEST(Nesterov, HasItsClosedFormAtCriticalDamping) {
  const std::vector<double> w = walk("nesterov(beta=0.3333333333333333)", 0.25, 15);
  for (std::size_t k = 0; k < w.size(); ++k) {
    const auto at = static_cast<double>(k);
    EXPECT_TRUE(std::abs(w[k] - std::ldexp(1 + at / 3, -static_cast<int>(k))) <= 1e-6) << k << ": " << w[k];
  }
}

// If the gradient g is constant, m̂ = g and v̂ = g² in every step, so that each step moves the weight by the rate.
TEST(Adam, StepsByTheRateWhereTheGradientIsConstant) {
  for (const float g : {-3.0F, 0.02F}) {
    std::vector<float> w{1}, state(2);
    for (std::uint64_t k = 0; k < 500; ++k) make_optimizer("adam")->rule()->update(w, {&g, 1}, state, {0.01F, k});
    EXPECT_TRUE(std::abs(w[0] - (g < 0 ? 6.0 : -4.0)) <= 2e-3) << w[0];
  }
}

// The method reports the average of x₀ … x_k. With αh = 1, each plain step goes to the value of the drawn row.
TEST(AveragedSgd, IsTheMeanOfTheWeightsPassed) {
  testing::Line line({2, 4, 9}, 1, 7);
  const std::vector<std::uint32_t> rows{0, 2, 1, 1};
  const std::vector<double> rates(4, 1.0);
  std::vector<float> w{7}, state(1);
  engine::StepSequence steps;
  steps.rows = rows, steps.batch = 1, steps.rates = rates;
  make_optimizer("averaged_sgd")->advance(line, steps, w, state);
  EXPECT_FLOAT_EQ(w[0], (7 + 2 + 9 + 4 + 4) / 5.0F);
  EXPECT_FLOAT_EQ(state[0], 4);
}

// The slopes of rows differ only by constants. So the steps of SVRG have no noise, and are those of gradient descent.
TEST(Svrg, HasNoNoiseWhereSlopesDifferByConstants) {
  testing::Line line({-5, 1, 7, 13}, 1, 0);
  const std::vector<std::uint32_t> rows{3, 0, 2, 1, 3, 3, 0, 0, 1, 2, 2, 0, 1, 3};
  const std::vector<double> rates(rows.size(), 0.25);
  const auto svrg = make_optimizer("svrg(passes=1)");
  std::vector<float> w{0}, state(2);
  engine::StepSequence steps;
  steps.rows = rows, steps.batch = 1, steps.rates = rates;
  svrg->advance(line, steps, w, state);
  EXPECT_TRUE(std::abs(w[0] - 4 * (1 - std::pow(0.75, 14))) <= 1e-5) << w[0];
  // A step reads its batch twice, and all four rows once in four steps.
  EXPECT_EQ(svrg->rows_per_step(4, 1), 3);
  EXPECT_EQ(make_optimizer("svrg")->rows_per_step(60'000, 128), 2 * 128 + 60'000 / 938.0);
}

// If workers take the mean after every step, this is plain SGD on the whole batch, since slopes are linear in the
// weights.
TEST(LocalSgd, SynchronisedAtEveryStepIsPlainSgd) {
  const auto run = [](const std::string& method) {
    testing::LeastSquares squares;
    TrainOptions options;
    options.batch = 2, options.schedule.base = 0.1, options.max_steps = 40, options.seed = 3;
    return train(squares, *make_optimizer(method), options).weights;
  };
  const std::vector<float> plain = run("sgd"), one = run("local_sgd(workers=1,sync=7)"),
                           two = run("local_sgd(workers=2,sync=1)");
  EXPECT_EQ(one, plain);
  for (std::size_t j = 0; j < plain.size(); ++j) EXPECT_TRUE(std::abs(two[j] - plain[j]) <= 1e-5) << two[j];
  EXPECT_NE(run("local_sgd(workers=2,sync=8)"), two);
}

TEST(OptimizerRegistry, RefusesParametersOutOfRange) {
  for (const char* spec :
       {"nesterov(beta=1)", "adam(beta2=1)", "adam(eps=0)", "adagrad(eps=-1)", "rmsprop(alpha=2)", "svrg(passes=0)",
        "averaged_sgd(eta=-1)", "local_sgd(workers=0)", "local_sgd(sync=1.5)", "local_sgd(workers=2000000)"})
    EXPECT_THROW(make_optimizer(spec), core::UsageError) << spec;
  EXPECT_TRUE(make_optimizer("svrg")->needs_rows());
  EXPECT_EQ(make_optimizer("local_sgd(workers=3)")->least_batch(), 3U);
}

// With a method that remembers something, too, the steps between two grid points are repeated from the first of them.
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
