#include "descent/train/train.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "descent/core/error.hpp"
#include "descent/core/hash.hpp"
#include "train/runs.hpp"
#include "train/toys.hpp"

namespace descent::train {
namespace {

TEST(Grid, UnitStepsThenEightPointsAnOctave) {
  for (std::size_t i = 0; i <= 16; ++i) EXPECT_EQ(grid_step(i), static_cast<std::int64_t>(i));
  const std::int64_t next[]{17, 19, 21, 23, 25, 27, 29, 32};  // 16 · 2^(j/8), rounded
  for (std::size_t j = 0; j < 8; ++j) EXPECT_EQ(grid_step(17 + j), next[j]);
  for (std::size_t octave = 0; octave < 12; ++octave) EXPECT_EQ(grid_step(16 + 8 * octave), std::int64_t{16} << octave);
}

TEST(Train, CurveIsExactOnAQuadratic) {
  testing::Line line = halving();
  std::vector<std::int64_t> seen;
  TrainOptions options = full_batch(0.5, 10);
  options.observe = [&](std::int64_t step, std::span<const float>, const engine::Evaluation&) { seen.push_back(step); };
  const Trace trace = train(line, *plain(), options);
  ASSERT_EQ(trace.curve.step.size(), 11U);
  EXPECT_EQ(seen, trace.curve.step);
  for (std::size_t k = 0; k <= 10; ++k) {
    EXPECT_EQ(trace.curve.step[k], static_cast<std::int64_t>(k));
    EXPECT_EQ(trace.curve.epoch[k], static_cast<double>(k));
    EXPECT_EQ(trace.curve.loss[k], std::ldexp(2.0, -2 * static_cast<int>(k)));
    EXPECT_EQ(trace.curve.batch_loss[k], trace.curve.loss[k]);  // a batch of all rows
    EXPECT_EQ(trace.curve.gradient_norm[k], std::ldexp(2.0, -static_cast<int>(k)));
  }
  EXPECT_EQ(trace.stop, Ending::budget);
  EXPECT_EQ(trace.steps, 10);
  EXPECT_EQ(trace.batch_uphill_fraction, 0.0);
  EXPECT_EQ(trace.weights, std::vector<float>{2 - std::ldexp(2.0F, -10)});
}

TEST(Train, StopsOnceItHasStayedUnderTheTarget) {
  testing::Line line = halving();
  TrainOptions options = full_batch(0.5, 100);
  options.stop_value = std::ldexp(2.0, -2 * 5);  // equal to the value at step 5
  const Trace trace = train(line, *plain(), options);
  EXPECT_EQ(trace.stop, Ending::target);
  EXPECT_EQ(trace.steps, 8) << "the first grid point at or beyond √2 times 5 = 7.1";
}

TEST(Train, OneGridPointUnderTheTargetIsNotEnough) {
  testing::Line line({1}, 1, 0);  // the rate is 0, so that f stays at ½ (0 − 1)²
  testing::Line away({0}, 1, 1);
  TrainOptions options = full_batch(0, 20);
  options.stop_value = 0.5;
  EXPECT_EQ(train(line, *plain(), options).steps, 2);  // below from the start; two more points confirm it
  // The loss is below the target at step 3 alone.
  class Once final : public engine::Objective {
   public:
    std::size_t parameters() const override { return 1; }
    std::size_t examples() const override { return 0; }
    void initial(std::uint64_t, std::span<float> w) const override { w[0] = 0; }
    double value(std::span<const float> w) override { return w[0] == 3 ? 0 : 1; }
    double gradient(std::span<const float> w, std::span<const std::uint32_t>, std::span<float> out) override {
      out[0] = -1;
      return value(w);
    }
    engine::Cost cost(std::size_t) const override { return {}; }
  } once;
  options = full_batch(1, 12);
  options.stop_value = 0.5;
  const Trace trace = train(once, *plain(), options);
  EXPECT_EQ(trace.stop, Ending::budget);
  EXPECT_EQ(trace.steps, 12);
}

TEST(Train, AbandonsATrialBeyondTheIncumbent) {
  testing::Line line = halving();
  TrainOptions options = full_batch(0.001, 10000);
  options.stop_value = 1e-3;
  options.abandon_after = 20;
  const Trace trace = train(line, *plain(), options);
  EXPECT_EQ(trace.stop, Ending::abandoned);
  EXPECT_EQ(trace.steps, 21);  // the first grid point beyond 20
}

TEST(Train, CancelsBetweenGridPoints) {
  testing::Line line = halving();
  std::atomic<bool> cancel = false;
  TrainOptions options = full_batch(0.5, 1000);
  options.cancel = &cancel;
  options.observe = [&](std::int64_t step, std::span<const float>, const engine::Evaluation&) { cancel = step == 5; };
  const Trace trace = train(line, *plain(), options);
  EXPECT_EQ(trace.stop, Ending::cancelled);
  EXPECT_EQ(trace.steps, 5);
}

TEST(Train, DivergenceIsSeenAtTheGridPoint) {
  // At rate 3, w doubles in size: f = ½ 4^k first exceeds 10³ f₀ at step 5.
  testing::Line line({0}, 1, 1);
  const Trace trace = train(line, *plain(), full_batch(3, 100));
  EXPECT_EQ(trace.stop, Ending::diverged);
  EXPECT_EQ(trace.steps, 5);
}

/// A loss that hides NaN, as a hinge does: max(0, NaN) is 0.
class Hiding final : public engine::Objective {
 public:
  std::size_t parameters() const override { return 20; }
  std::size_t examples() const override { return 0; }
  void initial(std::uint64_t, std::span<float> w) const override { std::fill(w.begin(), w.end(), 1.0F); }
  double value(std::span<const float> w) override { return std::fmax(0.0, w[17]); }
  double gradient(std::span<const float> w, std::span<const std::uint32_t>, std::span<float> out) override {
    std::fill(out.begin(), out.end(), 0.0F);
    if (++calls_ >= 8) out[17] = std::numeric_limits<float>::quiet_NaN();
    return value(w);
  }
  engine::Cost cost(std::size_t) const override { return {}; }

 private:
  int calls_ = 0;
};

TEST(Train, DivergenceIsSeenInTheWeightsWhereTheLossHidesIt) {
  Hiding hiding;
  const Trace trace = train(hiding, *plain(), full_batch(0.1, 100));
  EXPECT_EQ(trace.stop, Ending::diverged);
  EXPECT_LE(trace.steps, 8);
}

TEST(Train, CurveNeverHoldsNaN) {
  testing::Line line({0}, 1e30, 1e8F);
  const Trace trace = train(line, *plain(), full_batch(1e9, 50));
  EXPECT_EQ(trace.stop, Ending::diverged);
  for (const auto& column : {trace.curve.loss, trace.curve.batch_loss, trace.curve.gradient_norm})
    for (const record::Real& value : column) EXPECT_TRUE(!value || std::isfinite(*value));
}

TEST(Train, HashIsThatOfTheWeightsAtEveryPoint) {
  testing::Line line = halving();
  core::Sha256 hash;
  TrainOptions options = full_batch(0.5, 40);
  options.observe = [&](std::int64_t, std::span<const float> w, const engine::Evaluation&) { hash.update_values(w); };
  const Trace trace = train(line, *plain(), options);
  EXPECT_EQ(trace.weights_hash, hash.hex());
  // The start differs in one bit.
  testing::Line other({2}, 1, std::bit_cast<float>(std::bit_cast<std::uint32_t>(0.0F) + 1));
  EXPECT_NE(train(other, *plain(), full_batch(0.5, 40)).weights_hash, trace.weights_hash);
}

TEST(Train, ClockRunsOverStepsOnly) {
  testing::Line line = halving();
  const Trace trace = train(line, *plain(), full_batch(0.5, 0));  // one evaluation, no step
  EXPECT_EQ(trace.curve.step.size(), 1U);
  EXPECT_EQ(trace.train_seconds, 0.0);
  EXPECT_GT(trace.evaluate_seconds, 0.0);
}

TEST(Train, BatchLossIsThatOfTheNextBatchAtTheSameWeights) {
  testing::Line line({-2, -1, 0, 3, 5, 9, 2}, 1);
  TrainOptions options;
  options.batch = 2;
  options.schedule.base = 0.3;
  options.max_steps = 40;
  options.seed = 4;
  Sampler sampler(Sampling::reshuffle, 7, 2, 4);
  std::vector<double> expected;
  options.observe = [&](std::int64_t step, std::span<const float> w, const engine::Evaluation&) {
    std::uint32_t rows[2];
    float unused;
    sampler.rows(static_cast<std::uint64_t>(step), 1, rows);
    expected.push_back(line.gradient(w, rows, {&unused, 1}));
  };
  const Trace trace = train(line, *plain(), options);
  ASSERT_EQ(trace.curve.batch_loss.size(), expected.size());
  for (std::size_t k = 0; k < expected.size(); ++k) EXPECT_EQ(trace.curve.batch_loss[k], expected[k]) << k;
  EXPECT_EQ(trace.curve.epoch.back(), 40 * 2 / 7.0);
}

TEST(Train, UphillFractionCountsEveryPairOfSteps) {
  // Batches of one row, whose losses differ so much that they rise and fall with the drawn rows.
  testing::Line line({0, 4}, 1, 1);
  std::vector<double> losses;
  TrainOptions options;
  options.batch = 1;
  options.schedule.base = 1e-3;
  options.max_steps = 1000;
  options.seed = 8;
  Sampler sampler(Sampling::reshuffle, 2, 1, 8);
  std::vector<std::uint32_t> rows(1000);
  sampler.rows(0, 1000, rows);
  int uphill = 0;
  for (std::size_t k = 1; k < 1000; ++k) uphill += rows[k] == 1 && rows[k - 1] == 0;
  int seen = 0;
  // Row 1 has the larger loss all the time, since w stays below 2. If a row is drawn twice, its loss falls.
  line.each_step = [&](double w) { seen += w < 1.9; };
  const Trace trace = train(line, *plain(), options);
  EXPECT_GE(seen, 1000);
  EXPECT_TRUE(std::abs(*trace.batch_uphill_fraction - uphill / 999.0) <= 1e-15);
}

TEST(Train, KeepsTheFirstBatchLossesOneAfterTheOther) {
  testing::Line line({0, 4, 9}, 1, 1);
  TrainOptions options;
  options.batch = 1;
  options.schedule.base = 1e-2;
  options.max_steps = 60;
  options.seed = 3;
  options.first_batch_losses = 25;
  const Trace seldom = train(line, *plain(), options);
  options.every_step = true;  // now each batch loss is in the curve, too
  const Trace often = train(line, *plain(), options);
  ASSERT_EQ(often.first_batch_losses.size(), 25U);
  for (std::size_t step = 0; step < 25; ++step)
    EXPECT_EQ(often.first_batch_losses[step], often.curve.batch_loss[step]) << step;
  EXPECT_EQ(seldom.first_batch_losses, often.first_batch_losses);
  options.first_batch_losses = 0;
  EXPECT_TRUE(train(line, *plain(), options).first_batch_losses.empty());
}

TEST(Train, EveryStepIsLookedAtWhenAsked) {
  testing::Line line = halving();
  TrainOptions options = full_batch(0.1, 60);
  options.every_step = true;
  const Trace trace = train(line, *plain(), options);
  EXPECT_EQ(trace.curve.step.size(), 61U);
  EXPECT_EQ(trace.curve.step.back(), 60);
}

// Between the two grid points around a value, the curve has every step. All other points are those of the grid.
TEST(Train, AValueOfGradientDescentIsPassedAtAKnownStep) {
  testing::Line line = halving();
  TrainOptions options = full_batch(0.01, 300);
  const Trace grid = train(line, *plain(), options);
  options.every_step = true;
  const Trace all = train(line, *plain(), options);
  options.every_step = false;
  // The first value lies between the grid's steps 99 and 108, the second between 197 and 215, the last is never
  // reached.
  options.exact_at = {*all.curve.loss[100], *all.curve.loss[201], -1};
  const Trace exact = train(line, *plain(), options);
  EXPECT_EQ(exact.weights, grid.weights);
  EXPECT_EQ(exact.batch_uphill_fraction, grid.batch_uphill_fraction);
  std::set<std::int64_t> expected(grid.curve.step.begin(), grid.curve.step.end());
  const auto at = [&](std::int64_t step) {
    return std::lower_bound(grid.curve.step.begin(), grid.curve.step.end(), step);
  };
  for (const std::int64_t step : {100, 201})
    for (std::int64_t s = *(at(step) - 1); s < *at(step); ++s) expected.insert(s);
  ASSERT_EQ(exact.curve.step, std::vector<std::int64_t>(expected.begin(), expected.end()));
  EXPECT_GT(exact.curve.step.size(), grid.curve.step.size() + 20);
  for (std::size_t i = 0; i < exact.curve.step.size(); ++i) {
    const auto step = static_cast<std::size_t>(exact.curve.step[i]);
    EXPECT_EQ(exact.curve.loss[i], all.curve.loss[step]) << step;
    EXPECT_EQ(exact.curve.epoch[i], all.curve.epoch[step]) << step;
    EXPECT_NEAR(*exact.curve.batch_loss[i], *all.curve.batch_loss[step], 1e-6) << step;
  }
}

/// |w| from 10.03. At rate 0.1 the weight is 0.03 at step 100, and then goes back and forth across the kink.
class Kink final : public engine::Objective {
 public:
  std::size_t parameters() const override { return 1; }
  std::size_t examples() const override { return 1; }
  void initial(std::uint64_t, std::span<float> w) const override { w[0] = 10.03F; }
  double value(std::span<const float> w) override { return std::abs(w[0]); }
  double gradient(std::span<const float> w, std::span<const std::uint32_t>, std::span<float> out) override {
    out[0] = w[0] > 0 ? 1 : -1;
    return std::abs(w[0]);
  }
  engine::Cost cost(std::size_t) const override { return {}; }
};

// Evaluations between grid points may not change how many rises of the loss are counted, nor at which points.
TEST(Train, LookingBetweenGridPointsMovesNoRise) {
  Kink kink;
  TrainOptions options = full_batch(0.1, 120);
  options.every_step = true;
  const Trace all = train(kink, *plain(), options);
  options.every_step = false;
  const Trace grid = train(kink, *plain(), options);
  options.exact_at = {0.05};
  const Trace exact = train(kink, *plain(), options);
  ASSERT_EQ(exact.curve.step.size(), grid.curve.step.size() + 8 + 2) << "steps 100 to 107, and 118 and 119";
  const auto sum = [](const Trace& trace) {
    return std::accumulate(trace.curve.batch_rises.begin(), trace.curve.batch_rises.end(), std::int64_t{0});
  };
  EXPECT_GT(sum(all), 5);
  EXPECT_EQ(sum(exact), sum(grid));
  EXPECT_EQ(sum(exact), sum(all));
  for (std::size_t i = 1; i < exact.curve.step.size(); ++i)
    if (exact.curve.step[i] == exact.curve.step[i - 1] + 1) {
      EXPECT_EQ(exact.curve.batch_rises[i], all.curve.batch_rises[static_cast<std::size_t>(exact.curve.step[i])]);
    }
}

TEST(Train, LastPointIsTheBudget) {
  testing::Line line = halving();
  const Trace trace = train(line, *plain(), full_batch(0.1, 18));
  EXPECT_EQ(trace.curve.step.back(), 18);  // which is not a grid point, unlike 17 and 19
  EXPECT_EQ(trace.steps, 18);
}

TEST(Train, RatesFollowTheSchedule) {
  testing::Line line({0}, 1, 1);
  TrainOptions options = full_batch(0.5, 3);
  options.schedule.kind = Schedule::Kind::inverse;
  options.schedule.tau = 1;
  const Trace trace = train(line, *plain(), options);
  float w = 1;
  for (const float rate : {0.5F, 0.25F, static_cast<float>(0.5 / 3)}) w = std::fma(-rate, w, w);
  EXPECT_EQ(trace.weights[0], w);
}

TEST(Train, RefusesABatchBeyondTheRows) {
  testing::Line line({1, 2}, 1);
  TrainOptions options = full_batch(0.1, 3);
  options.sampling = Sampling::reshuffle;
  options.batch = 3;
  EXPECT_THROW(train(line, *plain(), options), core::UsageError);
}

}  // namespace
}  // namespace descent::train
