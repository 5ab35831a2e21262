#include "descent/stats/two_samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace descent::stats {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

const std::vector<double> kFive{10, 11, 12, 13, 50}, kOther{20, 21, 22, 23, 24};

std::vector<double> logs(std::vector<double> values) {
  for (double& value : values) value = std::log(value);
  return values;
}

// Sources: U and p from scipy 1.10.1, mannwhitneyu(…, method="exact"); shift and interval computed with numpy.
TEST(TwoSamples, KnownAnswerOfTwoTimesFive) {
  const RankTest test = rank_test(kFive, kOther);
  EXPECT_EQ(test.u, 5);
  EXPECT_NEAR(test.p, 0.1508, 5e-5);
  const Shift ratio = shift_between(logs(kFive), logs(kOther));
  EXPECT_NEAR(std::exp(ratio.centre), 1.8333, 5e-5);
  ASSERT_TRUE(ratio.interval);
  EXPECT_NEAR(std::exp(ratio.interval->low), 0.44, 5e-3);
  EXPECT_NEAR(std::exp(ratio.interval->high), 2.2, 1e-9);
  EXPECT_NEAR(ratio.confidence, 0.9683, 5e-5);
}

// The least two-sided p of n values against n is 2/binom(2n, n).
TEST(TwoSamples, LeastPOfSeparatedSamplesIsOneOverTheirDraws) {
  for (const auto& [n, p] : {std::pair{3, .1}, {4, .02857}, {5, .007937}, {8, 1.554e-4}}) {
    std::vector<double> a, b;
    for (int i = 0; i < n; ++i) a.push_back(i), b.push_back(100 + i);
    EXPECT_NEAR(rank_test(a, b).p / p, 1, 1e-3) << n;
    EXPECT_NEAR(2 * least_rank_p(a.size(), b.size()) / p, 1, 1e-3) << n;
    EXPECT_NEAR(rank_test(a, b).p_less / (p / 2), 1, 1e-3) << n;
    EXPECT_NEAR(rank_test(a, b).p_greater, 1, 1e-12) << n;
  }
  EXPECT_EQ(values_needed(0.025), 4U);
  EXPECT_EQ(values_needed(0.025 / 100), 8U);  // over 100 cells, Holm's correction needs 8 a side
}

// Counted for all 70 ways to choose four of the eight mean ranks.
TEST(TwoSamples, TiesHaveTheDistributionOfTheirOwnRanks) {
  const std::vector<double> a{1, 2, 2, 3}, b{2, 3, 3, 4};
  const std::vector<double> ranks{1, 3, 3, 6, 3, 6, 6, 8};
  int less = 0, all = 0;
  for (unsigned mask = 0; mask < 256; ++mask) {
    if (__builtin_popcount(mask) != 4) continue;
    double sum = 0;
    for (unsigned i = 0; i < 8; ++i) sum += (mask >> i & 1U) != 0 ? ranks[i] : 0;
    ++all, less += sum <= 13 ? 1 : 0;
  }
  EXPECT_EQ(all, 70);
  EXPECT_NEAR(rank_test(a, b).p_less, less / 70.0, 1e-12);
  EXPECT_EQ(rank_test(a, b).u, 3);
}

TEST(TwoSamples, EqualValuesTellNothing) {
  const std::vector<double> same(6, 3.5);
  EXPECT_EQ(rank_test(same, same).p, 1);
  const Shift shift = shift_between(same, same);
  EXPECT_EQ(shift.centre, 0);
  EXPECT_EQ(shift.interval->low, 0);
  EXPECT_EQ(shift.interval->high, 0);
}

TEST(TwoSamples, ThreeAgainstThreeHaveNoIntervalOfRanks) {
  const std::vector<double> a{1, 2, 3}, b{4, 5, 6};
  EXPECT_FALSE(shift_between(a, b).interval);
  EXPECT_NEAR(shift_between(a, b).centre, 3, 1e-12);
  // The means are 2 and 5, the variances 1. With 4 degrees of freedom t is 2.776, which is multiplied by √(2/3).
  const auto by_t = welch_interval(a, b);
  ASSERT_TRUE(by_t);
  EXPECT_NEAR(by_t->low, 3 - 2.776445 * std::sqrt(2.0 / 3), 1e-5);
}

// Source: scipy 1.10.1, mannwhitneyu, with method="exact" for 60 values a side and method="asymptotic" for 61.
TEST(TwoSamples, ManyValuesGoOverToTheNormalWithoutAJump) {
  for (const auto& [n, p] : {std::pair{60, 3.5869974058624714e-4}, {61, 4.6110651311867084e-4}}) {
    std::vector<double> a, b;
    for (int i = 0; i < n; ++i) a.push_back(i), b.push_back(i + 12.5);
    EXPECT_NEAR(rank_test(a, b).p / p, 1, 1e-9) << n;
    EXPECT_NEAR(shift_between(a, b).interval->low, 5.5, 1.01) << n;
  }
}

// Computed by hand from the definitions of Holm and of Benjamini and Hochberg.
TEST(TwoSamples, CorrectionsForManyTests) {
  const std::vector<double> p{.01, .04, .03, .005};
  const auto near = [](double value) { return DoubleNear(value, 1e-12); };
  EXPECT_THAT(holm(p), ElementsAre(near(.03), near(.06), near(.06), near(.02)));
  EXPECT_THAT(benjamini_hochberg(p), ElementsAre(near(.02), near(.04), near(.04), near(.02)));
}

}  // namespace
}  // namespace descent::stats
