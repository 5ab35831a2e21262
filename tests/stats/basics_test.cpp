#include <gtest/gtest.h>

#include <cmath>
#include <tuple>
#include <vector>

#include "descent/stats/interval.hpp"
#include "descent/stats/summary.hpp"
#include "descent/stats/survival.hpp"

namespace descent::stats {
namespace {

TEST(Summary, MadOfSixValues) {
  const std::vector<double> x{2, 4, 4, 5, 7, 100};
  EXPECT_DOUBLE_EQ(mad(x), 1.5);
  EXPECT_DOUBLE_EQ(median(x), 4.5);
  EXPECT_DOUBLE_EQ(quantile(x, 0), 2);
  EXPECT_DOUBLE_EQ(quantile(x, 1), 100);
  EXPECT_DOUBLE_EQ(variance(std::vector<double>{1, 3}), 2);
}

TEST(TInterval, OfTwoValuesIsWide) {
  const auto interval = t_interval(std::vector<double>{0, 2});  // t(1, .975) = 12.7062
  EXPECT_NEAR(interval->high, 1 + 12.7062, 1e-3);
  EXPECT_FALSE(t_interval(std::vector<double>{1}));
}

// Factors of the 95 % interval of a deviation, from tables of χ²: 0.60–2.87 for n = 5, 0.69–1.83 for 10, 0.76–1.46 for
// 20.
TEST(DeviationInterval, HasTheFactorsOfChiSquare) {
  for (const auto& [n, low, high] :
       {std::tuple{5, 0.60, 2.87}, std::tuple{10, 0.69, 1.83}, std::tuple{20, 0.76, 1.46}}) {
    std::vector<double> x;
    for (int i = 0; i < n; ++i) x.push_back(i);
    const double deviation = std::sqrt(variance(x));
    const auto interval = deviation_interval(x);
    EXPECT_NEAR(interval->low / deviation, low, 0.005);
    EXPECT_NEAR(interval->high / deviation, high, 0.005);
  }
  EXPECT_FALSE(deviation_interval(std::vector<double>{1}));
}

TEST(StudentisedInterval, CoversTheMeanOfSkewedValues) {
  int covered = 0;
  for (std::uint64_t trial = 0; trial < 300; ++trial) {
    core::CounterRandom random(trial, core::Purpose::data);
    std::vector<double> x(32);
    for (double& value : x) value = -std::log(1 - random.next_unit());  // exponentially distributed with mean 1
    const auto interval = studentised_interval(trial, 500, x);
    covered += interval->low <= 1 && 1 <= interval->high;
  }
  EXPECT_GE(covered, 274);  // 300 × 0.95, less three standard deviations
  EXPECT_LE(covered, 296);
}

TEST(Draws, HaveTheQuantilesOfTheIntervals) {
  std::vector<double> x{1, 2, 3, 5, 8, 13, 21, 34, 55, 89};
  std::vector<double> means, medians;
  for (std::uint64_t i = 0; i < 40000; ++i) {
    core::CounterRandom random(1, core::Purpose::bootstrap, i);
    means.push_back(draw_mean(random, x));
    medians.push_back(draw_median(random, x));
  }
  const auto t = t_interval(x);
  // The second and the ninth value of x are the ends of an interval of its median, at 97.9 %.
  constexpr double second = 2, ninth = 55;
  EXPECT_NEAR(quantile(means, 0.025), t->low, 0.6);
  EXPECT_NEAR(quantile(means, 0.975), t->high, 0.6);
  EXPECT_NEAR(quantile(medians, 0.0107), second, 0.1);  // P(Binomial(10, ½) <= 1) = 11/1024
  EXPECT_NEAR(quantile(medians, 1 - 0.0107), ninth, 2);
}

TEST(Bootstrap, CoversTheMeanAndIsTheSameForTheSameSeed) {
  int covered = 0;
  for (std::uint64_t trial = 0; trial < 200; ++trial) {
    core::CounterRandom random(trial, core::Purpose::data);
    std::vector<double> x(40);
    for (double& value : x) value = random.next_normal();
    const auto draw = [&](core::CounterRandom& again) -> std::optional<double> {
      double sum = 0;
      for (const std::size_t i : resample(again, x.size())) sum += x[i];
      return sum / 40;
    };
    const auto interval = bootstrap(trial, 400, draw), same = bootstrap(trial, 400, draw);
    EXPECT_EQ(interval->low, same->low);
    covered += interval->low <= 0 && 0 <= interval->high;
  }
  EXPECT_GE(covered, 180);  // 200 × 0.95, less three standard deviations
  EXPECT_LE(covered, 199);
}

TEST(OpenBootstrap, LeavesAnEndOpenThatLiesAmongReplicatesOutOfReach) {
  const auto uniform = [](core::CounterRandom& random) { return random.next_unit(); };
  const OpenInterval closed = open_bootstrap(1, 20000, uniform);
  EXPECT_NEAR(*closed.low, 0.025, 0.004);
  EXPECT_NEAR(*closed.high, 0.975, 0.004);
  for (const double out_of_reach : {0.01, 0.05, 0.99}) {
    const OpenInterval open = open_bootstrap(1, 20000, [&](core::CounterRandom& random) {
      const double value = random.next_unit();
      return value < 1 - out_of_reach ? value : HUGE_VAL;
    });
    EXPECT_EQ(open.high.has_value(), out_of_reach < 0.025) << out_of_reach;
    EXPECT_EQ(open.low.has_value(), out_of_reach < 0.975) << out_of_reach;
    if (open.low) {
      EXPECT_NEAR(*open.low, 0.025, 0.004) << "replicates out of reach may not move the lower end";
    }
  }
}

// Four runs reached the target, and two were stopped at step 50 before they did. The answers are computed by hand.
TEST(Survival, OfFourRunsThatReachedAndTwoCensored) {
  const std::vector<Duration> runs{{10, true}, {20, true}, {30, true}, {40, true}, {50, false}, {50, false}};
  EXPECT_DOUBLE_EQ(*expected_running_time(runs), 50);
  const KaplanMeier estimate = kaplan_meier(runs);
  EXPECT_DOUBLE_EQ(*estimate.median, 30);
  EXPECT_NEAR(estimate.restricted_mean, 100.0 / 3, 1e-12);
  // By hand, with log–log limits: at 10, S = 5/6 with the lower limit 0.27; at 40, S = 1/3 with the upper limit 0.68.
  EXPECT_EQ(estimate.median_interval->low, 10);
  EXPECT_FALSE(estimate.median_interval->high) << "the upper limit of S is above ½ at the last step";
}

TEST(Survival, WithoutASuccessHasNoTimeAndNoMedian) {
  const std::vector<Duration> runs{{50, false}, {50, false}};
  EXPECT_FALSE(expected_running_time(runs));
  EXPECT_FALSE(kaplan_meier(runs).median);
  EXPECT_DOUBLE_EQ(kaplan_meier(runs).restricted_mean, 50);
}

}  // namespace
}  // namespace descent::stats
