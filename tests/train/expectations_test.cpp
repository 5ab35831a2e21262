// Expected values of SGD that are known exactly. Averages over many steps have to equal them within their standard
// errors.
#include <gtest/gtest.h>

#include <cmath>

#include "descent/train/train.hpp"
#include "train/toys.hpp"

namespace descent::train {
namespace {

std::unique_ptr<Optimizer> plain() { return make_optimizer("sgd"); }

/// The mean square of the weight before every `every`-th step, after the start is forgotten. The minimum is at 0.
double mean_square(Sampling sampling, double rate, std::size_t batch, std::int64_t every, std::int64_t steps) {
  testing::Line line({-2, -1, 0, 3}, 1);
  double sum = 0;
  std::int64_t step = 0, count = 0;
  line.each_step = [&](double w) {
    if (step >= 1000 && step % every == 0) {
      sum += w * w;
      ++count;
    }
    ++step;
  };
  TrainOptions options;
  options.sampling = sampling;
  options.batch = batch;
  options.schedule.base = rate;
  options.max_steps = steps;
  options.hash_weights = false;
  options.keep_batch_losses = false;
  options.seed = 11;
  train(line, *plain(), options);
  return sum / static_cast<double>(count);
}

// Source: closed forms. The a_i have the variance σ² = 3.5, so that w has the variance α c σ²/(2 − α), where c is 1/B
// with replacement and (N−B)/(B(N−1)) for distinct rows. The tolerance: the correlation of w² from one step to the next
// is (1 − α)². At α = 0.1, 400,000 steps are worth about 40,000 independent ones. The relative standard error of a
// variance of n normal values is √(2/n), here 0.7 %; four of these are allowed.
TEST(StationaryVariance, WithReplacement) {
  EXPECT_TRUE(std::abs(mean_square(Sampling::iid_replace, 0.1, 1, 1, 400000) / 0.1842105263 - 1) <= 0.03);
  EXPECT_TRUE(std::abs(mean_square(Sampling::iid_replace, 0.5, 2, 1, 200000) / 0.5833333333 - 1) <= 0.02);
}

TEST(StationaryVariance, DistinctRowsWithinABatch) {
  EXPECT_TRUE(std::abs(mean_square(Sampling::iid_distinct, 0.5, 2, 1, 200000) / 0.3888888889 - 1) <= 0.02);
  EXPECT_TRUE(std::abs(mean_square(Sampling::iid_distinct, 0.1, 1, 1, 400000) / 0.1842105263 - 1) <= 0.03);
}

// Source: σ²N/(B(N−1)) · [Σc² − (Σc)²/m]/(1 − q^2m) with c_j = αq^(m−1−j), q = 1 − α and m = N/B steps in an epoch.
TEST(StationaryVariance, ReshufflingAtEpochEnds) {
  EXPECT_TRUE(std::abs(mean_square(Sampling::reshuffle, 0.1, 1, 4, 800000) / 0.0033480689 - 1) <= 0.03);
  EXPECT_TRUE(std::abs(mean_square(Sampling::reshuffle, 0.5, 2, 2, 200000) / 0.0777777778 - 1) <= 0.03);
}

/// The mean of f over seeds after 0 … 4 steps has to be what is expected, within four standard errors.
void expect_trajectory(Sampling sampling, std::size_t batch, std::array<double, 5> expected, std::uint64_t seeds) {
  std::array<double, 5> sum{}, squares{};
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    testing::LeastSquares objective;
    TrainOptions options;
    options.sampling = sampling;
    options.batch = batch;
    options.schedule.base = 0.2;
    options.max_steps = 4;
    options.seed = seed;
    options.hash_weights = false;
    options.keep_batch_losses = false;
    options.observe = [&](std::int64_t step, std::span<const float>, const engine::Evaluation& evaluation) {
      sum[static_cast<std::size_t>(step)] += evaluation.value;
      squares[static_cast<std::size_t>(step)] += evaluation.value * evaluation.value;
    };
    train(objective, *plain(), options);
  }
  const auto count = static_cast<double>(seeds);
  for (std::size_t step = 0; step < 5; ++step) {
    const double mean = sum[step] / count, variance = std::max(0.0, squares[step] / count - mean * mean);
    EXPECT_TRUE(std::abs(mean - expected[step]) <= 4 * std::sqrt(variance / count) + 1e-7)
        << record::to_text(sampling) << " step " << step << ": " << mean << ", expected " << expected[step];
  }
}

// Source of the values below: the mean and the covariance of the weights after each step, computed from those before it
// outside this program.
TEST(ExpectedTrajectory, OneRowAtATime) {
  expect_trajectory(Sampling::iid_replace, 1, {1.125, .86125, .6644375, .517678125, .40833109375}, 40000);
}

TEST(ExpectedTrajectory, TwoDistinctRows) {
  expect_trajectory(Sampling::iid_distinct, 2, {1.125, .844375, .639384375, .48968290104, .38039215593}, 40000);
}

TEST(ExpectedTrajectory, AllRows) {
  const std::array<double, 5> expected{1.125, .8359375, .62708984375, .47619741211, .36717763025};
  expect_trajectory(Sampling::none, 4, expected, 1);
  expect_trajectory(Sampling::iid_distinct, 4, expected, 1);
  expect_trajectory(Sampling::reshuffle, 4, expected, 1);
}

TEST(ExpectedTrajectory, FloorOfOneRowAtATime) {
  testing::LeastSquares objective;
  TrainOptions options;
  options.sampling = Sampling::iid_replace;
  options.batch = 1;
  options.schedule.base = 0.2;
  options.max_steps = 200000;
  options.every_step = true;
  options.hash_weights = false;
  double sum = 0;
  std::int64_t count = 0;
  options.observe = [&](std::int64_t step, std::span<const float>, const engine::Evaluation& evaluation) {
    if (step >= 200) sum += evaluation.value, ++count;
  };
  train(objective, *plain(), options);
  // f − f* = 0.0133 is correlated over about 6 steps, so that its mean is known to 1 %. Four times that is allowed.
  EXPECT_TRUE(std::abs(sum / static_cast<double>(count) - 0.0966666667) <= 5e-4) << sum / static_cast<double>(count);
}

}  // namespace
}  // namespace descent::train
