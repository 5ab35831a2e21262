#include "descent/stats/escape.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "descent/stats/survival.hpp"

// The known answers are from docs/decisions/0045. A Monte Carlo simulation gave the same medians.

namespace descent::stats {
namespace {

LinearEscape escape_with(double noise) { return {0.1, -1, noise, 0}; }

TEST(MedianEscape, IsThatOfTheNormalLawOverFourDecadesOfNoise) {
  EXPECT_EQ(median_escape_steps(escape_with(1e-1), 0.5, 1000), 37);
  EXPECT_EQ(median_escape_steps(escape_with(1e-2), 0.5, 1000), 62);
  EXPECT_EQ(median_escape_steps(escape_with(1e-3), 0.5, 1000), 86);
  EXPECT_EQ(median_escape_steps(escape_with(1e-4), 0.5, 1000), 110);
}

TEST(MedianEscape, ADecadeOfNoiseAndADoublingOfTheBatchCostWhatTheoryGives) {
  EXPECT_TRUE(std::abs(steps_per_factor(0.1, -1, 10) - 24.159) <= 5e-4);
  EXPECT_TRUE(std::abs(steps_per_factor(0.1, -1, std::sqrt(2.0)) - 3.64) <= 5e-3);
}

TEST(MedianEscape, OnTheStableManifoldWithoutNoiseThereIsNone) {
  EXPECT_EQ(median_escape_steps(escape_with(0), 0.5, 100000), std::nullopt);
}

// 1.1^k · 1e-8 ≥ 0.5 holds from k = 187 on, since ln(5e7)/ln(1.1) = 186.0.
TEST(MedianEscape, AnOffsetGrowsByItself) {
  const double steps = std::log(0.5 / 1e-8) / std::log(1.1);
  EXPECT_EQ(median_escape_steps({0.1, -1, 0, 1e-8}, 0.5, 1000), static_cast<std::int64_t>(std::ceil(steps)));
  EXPECT_EQ(median_escape_steps({0.1, -1, 0, -1e-8}, 0.5, 1000), static_cast<std::int64_t>(std::ceil(steps)));
  EXPECT_EQ(median_escape_steps({0.1, -1, 0, 1e-8}, 0.5, 100), std::nullopt) << "more steps than the limit of 100";
}

TEST(MedianEscape, WhereTheDirectionLeadsBackNoiseAloneHasToReachThere) {
  EXPECT_EQ(median_escape_steps({0.1, 1, 0.1, 0}, 0.5, 1000), std::nullopt);
}

// Runs escaped after 10, 20, 30 and 40 steps; two had not when they ended at 50.
TEST(SurvivalCurve, FallsAtEveryEventAndStaysWhereRunsAreLost) {
  const std::vector<Duration> runs{{10}, {20}, {30}, {40}, {50, false}, {50, false}};
  const std::vector<SurvivalPoint> curve = survival_curve(runs);
  ASSERT_EQ(curve.size(), 5U);
  const double expected[] = {5.0 / 6, 4.0 / 6, 3.0 / 6, 2.0 / 6, 2.0 / 6};
  for (std::size_t i = 0; i < curve.size(); ++i) {
    EXPECT_EQ(curve[i].time, 10 * static_cast<double>(i + 1));
    EXPECT_TRUE(std::abs(curve[i].share - expected[i]) <= 1e-12);
  }
}

TEST(SurvivalCurve, ARunLostEarlyIsNoLongerAtRisk) {
  const std::vector<Duration> runs{{5, false}, {10}, {20}};
  const std::vector<SurvivalPoint> curve = survival_curve(runs);
  ASSERT_EQ(curve.size(), 3U);
  EXPECT_EQ(curve[0].share, 1);
  EXPECT_EQ(curve[1].share, 0.5);
  EXPECT_EQ(curve[2].share, 0);
}

}  // namespace
}  // namespace descent::stats
