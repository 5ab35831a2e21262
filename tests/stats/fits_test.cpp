#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "descent/stats/line_fit.hpp"
#include "descent/stats/scaling_fit.hpp"
#include "descent/stats/steady_state.hpp"
#include "descent/stats/summary.hpp"

namespace descent::stats {
namespace {

// Source: Gunther's law, computed by hand for σ = .05 and κ = .001: C(8) = 5.68990, C(32) = 9.03444, C(64) = 7.82205,
// and the best number of threads is 30.82.
TEST(Usl, IsRecoveredFromItsOwnCurve) {
  const std::vector<SpeedUp> points{{1, 1}, {8, 5.68990}, {32, 9.03444}, {64, 7.82205}};
  const auto fit = fit_usl(points);
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->sigma, 0.05, 1e-5);
  EXPECT_NEAR(fit->kappa, 0.001, 1e-6);
  EXPECT_NEAR(*fit->best_threads, 30.82, 0.01);
}

TEST(Usl, NeverHasNegativeTerms) {
  const std::vector<SpeedUp> faster{{1, 1}, {2, 2.2}, {4, 4.5}, {8, 9}};
  const auto fit = fit_usl(faster);
  EXPECT_EQ(fit->sigma, 0);
  EXPECT_EQ(fit->kappa, 0);
  EXPECT_FALSE(fit->best_threads);
  EXPECT_FALSE(fit_usl(std::vector<SpeedUp>{{1, 1}, {2, 1.9}}));
}

// By Amdahl's law, a serial share of .05 gives a speed-up of 5.92593 on 8 threads.
TEST(Amdahl, AndKarpFlattGiveTheSerialShareBack) {
  const std::vector<SpeedUp> points{{1, 1}, {8, 5.92593}};
  EXPECT_NEAR(*amdahl_serial(points), 0.05, 1e-6);
  EXPECT_NEAR(karp_flatt(points[1]), 0.05, 1e-6);
  EXPECT_FALSE(amdahl_serial(std::vector<SpeedUp>{{1, 1}}));
}

// Source: Anscombe's first quartet: y = 3.0001 + 0.5001 x, R² = .6665.
TEST(LineFit, OfAnscombesFirstQuartet) {
  const std::vector<double> x{10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5};
  const std::vector<double> y{8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68};
  const auto fit = fit_line(x, y);
  EXPECT_NEAR(fit->slope, 0.5001, 1e-4);
  EXPECT_NEAR(fit->intercept, 3.0001, 1e-4);
  EXPECT_NEAR(fit->r_squared, 0.6665, 1e-4);
  EXPECT_FALSE(fit_line(std::vector<double>{1, 1}, std::vector<double>{1, 2}));
}

TEST(SlopeInterval, CoversTheSlopeOfALineWithNoise) {
  int covered = 0;
  for (std::uint64_t trial = 0; trial < 300; ++trial) {
    core::CounterRandom random(trial, core::Purpose::data);
    std::vector<double> x(40), y(40);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i), y[i] = 2 * x[i] + random.next_normal();
    const auto interval = slope_interval(trial, 300, x, y);
    covered += interval->low <= 2 && 2 <= interval->high;
  }
  // Blocks of values cost a little coverage; at least 90 % are asked for.
  EXPECT_GE(covered, 270);
  EXPECT_LE(covered, 299);
}

TEST(BurnIn, EndsWhereTheTransientDoes) {
  core::CounterRandom random(3, core::Purpose::data);
  std::vector<double> y;
  for (int i = 0; i < 200; ++i) y.push_back(1 + 0.1 * random.next_normal() + 50 * std::exp(-i / 5.0));
  const auto cut = burn_in(y);
  ASSERT_TRUE(cut);
  EXPECT_GE(*cut, 20U);
  EXPECT_LE(*cut, 100U);
  std::vector<double> falling;
  for (int i = 0; i < 200; ++i) falling.push_back(200 - i);
  EXPECT_FALSE(burn_in(falling)) << "the sequence falls up to its end";
}

TEST(BatchMeans, CoverTheMeanOfACorrelatedSequenceWhereAPlainIntervalDoesNot) {
  int covered = 0, plain = 0;
  for (std::uint64_t trial = 0; trial < 300; ++trial) {
    core::CounterRandom random(trial, core::Purpose::data);
    std::vector<double> y(800);
    double state = 0;
    for (int i = 0; i < 200; ++i) state = 0.8 * state + random.next_normal();
    for (double& value : y) value = state = 0.8 * state + random.next_normal();
    const auto interval = batch_means_interval(y), naive = t_interval(y);
    covered += interval->low <= 0 && 0 <= interval->high;
    plain += naive->low <= 0 && 0 <= naive->high;
  }
  EXPECT_GE(covered, 273);  // 300 × 0.95, less three standard deviations
  EXPECT_LE(plain, 240);
}

TEST(Noise, OfASequenceWithATrendIsFoundBothWays) {
  core::CounterRandom random(5, core::Purpose::data);
  std::vector<double> x, y;
  for (int i = 0; i < 2000; ++i)
    x.push_back(i), y.push_back(0.002 * i + std::sin(i / 200.0) + 0.5 * random.next_normal());
  EXPECT_NEAR(von_neumann_sd(y), 0.5, 0.03);
  EXPECT_NEAR(std::sqrt(variance(detrend(x, y, 4))), 0.5, 0.03);
  EXPECT_TRUE(detrend(std::span(x).first(8), std::span(y).first(8), 4).empty());
}

}  // namespace
}  // namespace descent::stats
