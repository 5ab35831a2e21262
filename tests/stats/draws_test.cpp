#include "descent/stats/draws.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace descent::stats {
namespace {

/// Share of 20,000 draws at or under a value.
template <class Draw>
double share_below(double value, const Draw& draw) {
  core::CounterRandom random(11, core::Purpose::bootstrap);
  int below = 0;
  for (int i = 0; i < 20000; ++i) below += draw(random) <= value;
  return below / 20000.0;
}

// Quantiles of printed tables; 0.005 is 3.2 standard deviations at 5 %.
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

}  // namespace
}  // namespace descent::stats
