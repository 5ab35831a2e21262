#include "descent/stats/stability.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "descent/core/random.hpp"

namespace descent::stats {
namespace {

constexpr int kRounds = 4000;

std::vector<double> noise(core::CounterRandom& random, int n, double spread) {
  std::vector<double> x;
  for (int i = 0; i < n; ++i) x.push_back(std::exp(spread * random.next_normal()));
  return x;
}

TEST(TrendP, IsKendallsExactTable) {
  // Source: Kendall (1938). Of the 8! orders of 8 values, a share of 0.0071 has S >= 20, and 1/40320 has S = 28.
  EXPECT_NEAR(trend_p(std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8}), 2 / 40320.0, 1e-12);
  EXPECT_NEAR(trend_p(std::vector<double>{8, 7, 6, 5, 4, 3, 2, 1}), 2 / 40320.0, 1e-12);
  EXPECT_NEAR(trend_p(std::vector<double>{2, 1, 4, 3, 6, 5, 8, 7}), 2 * 0.0071, 1e-4);  // four pairs swapped: S = 20
  EXPECT_NEAR(trend_p(std::vector<double>{1, 4, 2, 3}), 18 / 24.0, 1e-12);              // S = 2, counted by hand
  EXPECT_NEAR(trend_p(std::vector<double>{3, 3, 3, 3, 3}), 1, 1e-12);
}

TEST(Drift, IsTheChangeAlongTheLine) {
  const std::vector<double> rising{1.00, 1.01, 1.02, 1.03, 1.04, 1.05, 1.06, 1.07};
  ASSERT_TRUE(drift(rising).has_value());
  EXPECT_NEAR(*drift(rising), 0.07 / 1.035, 1e-12);
  EXPECT_FALSE(drift(std::vector<double>{1.0, 1.1, 1.2, 1.3}).has_value());  // four values may be in order by chance
}

TEST(Drift, IsSeenInAboutOneOfAHundredWithoutOne) {
  core::CounterRandom random(1, core::Purpose::noise);
  int seen = 0;
  for (int i = 0; i < kRounds; ++i) seen += drift(noise(random, 8, 0.05)).has_value();
  EXPECT_TRUE(seen > 0 && seen <= 0.013 * kRounds) << seen;
}

TEST(RankTrend, IsSpearmansOfTheOrder) {
  EXPECT_FALSE(rank_trend(std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9}).has_value());  // too few values
  EXPECT_FALSE(rank_trend(std::vector<double>(20, 1.0)).has_value());
  // Without ties, ρ = 1 − 6 Σd²/(n(n² − 1)), as in any textbook; here Σd² = 10 · 1² = 10.
  const auto swapped = rank_trend(std::vector<double>{2, 1, 4, 3, 6, 5, 8, 7, 10, 9});
  EXPECT_NEAR(swapped->correlation, 1 - 6 * 10.0 / 990, 1e-12);
  EXPECT_TRUE(swapped->p < 1e-4);
  // In tables of Spearman's ρ for n = 10, the two-sided 5 % point is 0.648 (0.632 by Student's t).
  const auto near = rank_trend(std::vector<double>{3, 1, 2, 7, 4, 10, 5, 8, 6, 9});
  EXPECT_TRUE((near->correlation >= 0.648) == (near->p <= 0.045)) << near->correlation << ' ' << near->p;
  core::CounterRandom random(5, core::Purpose::noise);
  int seen = 0;
  for (int i = 0; i < kRounds; ++i) seen += rank_trend(noise(random, 30, 0.05))->p <= 0.05;
  EXPECT_TRUE(seen > 0.038 * kRounds && seen < 0.062 * kRounds) << seen;
}

TEST(Bimodal, TellsTwoSpeedsFromOne) {
  core::CounterRandom random(2, core::Purpose::noise);
  int normal = 0, skewed = 0, two = 0, close = 0;
  for (int i = 0; i < kRounds; ++i) {
    normal += bimodal(noise(random, 16, 0.05));
    skewed += bimodal(noise(random, 16, 0.5));
    std::vector<double> mixed = noise(random, 16, 0.02), near = mixed;
    for (std::size_t k = 0; k < 5; ++k) mixed[3 * k] *= 1.25, near[3 * k] *= 1.02;
    two += bimodal(mixed);
    close += bimodal(near);
  }
  EXPECT_LE(normal, 0.02 * kRounds);
  EXPECT_LE(skewed, 0.05 * kRounds);
  EXPECT_GE(two, 0.98 * kRounds);
  EXPECT_LE(close, 0.01 * kRounds);
}

TEST(Bimodal, NeedsThreeOfEach) {
  EXPECT_FALSE(bimodal(std::vector<double>{1, 1, 1, 1, 1, 1, 2, 2}));
  EXPECT_TRUE(bimodal(std::vector<double>{1, 1, 1, 1, 1, 2, 2, 2}));
  EXPECT_FALSE(bimodal(std::vector<double>{1, 1, 1, 1, 2, 2, 2}));  // too few values in all
  EXPECT_FALSE(bimodal(std::vector<double>(20, 3.0)));
}

TEST(Outliers, AreFarInDeviationsAndInPercent) {
  EXPECT_EQ(outliers(std::vector<double>{1, 1.01, 0.99, 1, 1.02, 0.98, 1.5, 1}), 1U);
  // The last value is many deviations from the others, but only by one percent.
  EXPECT_EQ(outliers(std::vector<double>{1, 1.0001, 1, 1, 1.0001, 1.01}), 0U);
  EXPECT_EQ(outliers(std::vector<double>{1, 1.3, 0.7, 1.2, 0.8, 1.4}), 0U);
}

}  // namespace
}  // namespace descent::stats
