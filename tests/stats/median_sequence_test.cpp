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

// B(s+1, n−s+1) 2ⁿ ≥ 20 by hand: s = 0 gives 2ⁿ/(n+1), 16 at n = 7 and 28.4 at n = 8. n = 20, s = 3: 2²⁰/(21·1140) =
// 43.8; s = 4: 2²⁰/(21·4845) = 10.3.
TEST(MedianSequence, LeavesOutAsManyValuesAsTheMixtureAllows) {
  for (std::size_t n = 0; n < 8; ++n) EXPECT_EQ(left_out_by_sequence(n), -1) << n;
  EXPECT_EQ(left_out_by_sequence(8), 0);
  EXPECT_EQ(left_out_by_sequence(20), 3);
  EXPECT_EQ(left_out_by_sequence(8, 0.99), -1);
  for (std::size_t n = 9; n < 3000; ++n) {
    EXPECT_GE(left_out_by_sequence(n), left_out_by_sequence(n - 1)) << n;
    EXPECT_LT(left_out_by_sequence(n), static_cast<int>(n) / 2);
  }
  // About n/2 − √(n ln(n)/4 …): the law of the iterated logarithm allows no fewer, Hoeffding's inequality no more.
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

/// Of 2,000 sequences of 300 values with the median 0, how many ever leave it out.
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
      // 0 lies under the interval's lower end where at most so many values are below or at it; the same above.
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
    EXPECT_GT(alarms, 5) << names[seed] << ": it says hardly anything";
    ++seed;
  }
}

}  // namespace
}  // namespace descent::stats
