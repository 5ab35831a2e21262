#include "descent/stats/median_sequence.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <iostream>
#include <vector>

#include "descent/stats/binomial.hpp"

namespace descent::stats {
namespace {

using core::CounterRandom;
using core::Purpose;

// s values may be left out on each side as long as B(s+1, n−s+1) 2ⁿ ≥ 20. By hand: for s = 0 this is 2ⁿ/(n+1), 16 at n
// = 7 and 28.4 at n = 8. At n = 20 it is 2²⁰/(21·1140) = 43.8 for s = 3, and 2²⁰/(21·4845) = 10.3 for s = 4.
TEST(MedianSequence, LeavesOutAsManyValuesAsTheMixtureAllows) {
  for (std::size_t n = 0; n < 8; ++n) EXPECT_EQ(left_out_by_sequence(n), -1) << n;
  EXPECT_EQ(left_out_by_sequence(8), 0);
  EXPECT_EQ(left_out_by_sequence(20), 3);
  EXPECT_EQ(left_out_by_sequence(8, 0.99), -1);
  for (std::size_t n = 9; n < 3000; ++n) {
    EXPECT_GE(left_out_by_sequence(n), left_out_by_sequence(n - 1)) << n;
    EXPECT_LT(left_out_by_sequence(n), static_cast<int>(n) / 2);
  }
  // About n/2 − √(n (ln 20 + ½ ln(1600))/2), which lies between what the law of the iterated logarithm and Hoeffding's
  // inequality allow.
  EXPECT_NEAR(left_out_by_sequence(2500), 1250 - std::sqrt(2500 * (std::log(20.0) + 0.5 * std::log(1600.0)) / 2), 15);
}

TEST(MedianSequence, EndsAreOrderStatistics) {
  std::vector<double> values;
  for (int i = 20; i > 0; --i) values.push_back(i);
  const OpenInterval interval = median_sequence(values);
  EXPECT_EQ(interval.low, 4.0);
  EXPECT_EQ(interval.high, 17.0);
  EXPECT_FALSE(median_sequence(std::vector<double>{1, 2, 3}).low);
}

/// How many of 2,000 sequences have an interval without the true median 0 after any of their 300 values.
int false_alarms(std::uint64_t seed, const std::function<double(CounterRandom&, int)>& draw) {
  static const std::vector<int> left_out_after = [] {
    std::vector<int> left_out;
    for (std::size_t n = 0; n <= 300; ++n) left_out.push_back(left_out_by_sequence(n));
    return left_out;
  }();
  int alarms = 0;
  for (std::uint64_t run = 0; run < 2000; ++run) {
    CounterRandom random(seed, Purpose::noise, run);
    int above = 0, below = 0;
    for (int n = 1; n <= 300; ++n) {
      const double value = draw(random, n);
      above += value > 0, below += value < 0;
      // The interval lies above 0 if no more than `left_out` values are at or below 0; and below 0 in the same way.
      const int left_out = left_out_after[static_cast<std::size_t>(n)];
      if (n - above <= left_out || n - below <= left_out) {
        ++alarms;
        break;
      }
    }
  }
  return alarms;
}

TEST(MedianSequence, LooksAfterEveryValueLeaveTheMedianOutAsSeldomAsPromised) {
  const auto normal = [](CounterRandom& random, int) { return random.next_normal(); };
  const auto cauchy = [](CounterRandom& random, int) { return random.next_normal() / random.next_normal(); };
  const auto skewed = [](CounterRandom& random, int) { return std::log(2 * (1 - random.next_unit())); };
  const auto growing = [](CounterRandom& random, int n) { return n * random.next_normal(); };
  const char* const names[] = {"normal", "Cauchy", "exponential less its median", "growing spread"};
  std::uint64_t seed = 0;
  for (const auto& draw : std::vector<std::function<double(CounterRandom&, int)>>{normal, cauchy, skewed, growing}) {
    const int alarms = false_alarms(seed, draw);
    const Interval rate = binomial_interval(alarms, 2000);
    std::cout << names[seed] << ": " << alarms << " of 2,000 sequences of 300, " << 100 * rate.low << " to "
              << 100 * rate.high << " %\n";
    EXPECT_TRUE(rate.low <= 0.05) << names[seed];
    EXPECT_GT(alarms, 5) << names[seed] << ": the intervals are too wide";
    ++seed;
  }
}

}  // namespace
}  // namespace descent::stats
