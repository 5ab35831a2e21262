#include "descent/stats/draws.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "descent/stats/interval.hpp"

namespace descent::stats {
namespace {

/// The share of 20,000 draws that are at most `value`.
template <class Draw>
double share_below(double value, const Draw& draw) {
  core::CounterRandom random(11, core::Purpose::bootstrap);
  int below = 0;
  for (int i = 0; i < 20000; ++i) below += draw(random) <= value;
  return below / 20000.0;
}

// The quantiles are from printed tables. At 5 %, 0.005 is 3.2 standard deviations of the share.
TEST(Draws, ChiSquaredHasTheQuantilesOfTheTables) {
  const struct {
    double freedom, at, share;
  } table[] = {{1, 3.841, 0.95},  {1, 0.0158, 0.1}, {2, 5.991, 0.95},  {2, 0.1026, 0.05},
               {9, 16.919, 0.95}, {9, 3.325, 0.05}, {30, 43.773, 0.95}};
  for (const auto& row : table)
    EXPECT_NEAR(share_below(row.at, [&](auto& random) { return draw_chi_squared(random, row.freedom); }), row.share,
                0.007)
        << row.freedom << " degrees of freedom at " << row.at;
}

TEST(Draws, StudentsTHasTheQuantilesOfTheTables) {
  const struct {
    double freedom, at, share;
  } table[] = {{1, 12.706, 0.975}, {2, 4.303, 0.975}, {4, 2.776, 0.975}, {9, 1.833, 0.95}, {9, -1.833, 0.05}};
  for (const auto& row : table)
    EXPECT_NEAR(share_below(row.at, [&](auto& random) { return draw_t(random, row.freedom); }), row.share, 0.005)
        << row.freedom << " degrees of freedom at " << row.at;
}

// Of ten values, the second and the ninth hold the median in 97.85 % of cases, the third and the eighth in 89.06 %. For
// 95 %, the end is 0.32444 of the way between these in probability, and 0.65766 of the way between the values (source:
// Hettmansperger and Sheather 1986).
TEST(MedianInterval, LiesBetweenOrderStatistics) {
  const std::vector<double> values{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const auto interval = median_interval(values);
  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->low, 2.65766, 1e-4);
  EXPECT_NEAR(interval->high, 11 - 2.65766, 1e-4);
  EXPECT_NEAR(share_below(interval->low, [&](auto& random) { return draw_median(random, values); }), 0.025, 0.0035);
  EXPECT_FALSE(median_interval(std::vector<double>{1, 2, 3, 4, 5})) << "their range holds it in 93.75 %";
  EXPECT_TRUE(median_interval(std::vector<double>{1, 2, 3, 4, 5, 6}));
}

}  // namespace
}  // namespace descent::stats
