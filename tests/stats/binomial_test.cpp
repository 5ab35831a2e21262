#include "descent/stats/binomial.hpp"

#include <gtest/gtest.h>

namespace descent::stats {
namespace {

// Source: R. binom.test(10, 200)$conf.int is 0.02424 to 0.09003; the upper end of binom.test(0, 10) is 0.3085.
TEST(BinomialInterval, IsExact) {
  const Interval ten = binomial_interval(10, 200);
  EXPECT_NEAR(ten.low, 0.02424, 2e-5);
  EXPECT_NEAR(ten.high, 0.09003, 2e-5);
  EXPECT_EQ(binomial_interval(0, 10).low, 0);
  EXPECT_NEAR(binomial_interval(0, 10).high, 0.3085, 1e-4);
  EXPECT_EQ(binomial_interval(10, 10).high, 1);
}

TEST(NormalBelow, OfTheUsualQuantile) { EXPECT_NEAR(normal_below(1.959964), 0.975, 1e-6); }

}  // namespace
}  // namespace descent::stats
