#include "descent/stats/change_points.hpp"

#include <gtest/gtest.h>

#include "descent/core/random.hpp"
#include "descent/stats/binomial.hpp"

namespace descent::stats {
namespace {

std::vector<double> noise(std::uint64_t seed, std::size_t count) {
  core::CounterRandom random(seed, core::Purpose::bootstrap, 1);
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(random.next_normal());
  return values;
}

// Of the 70 ways to choose four of eight values, two separate the low from the high ones, and no other has so large a
// statistic: p = 2/70.
TEST(ChangePoints, FourLowAndFourHighStepInTheMiddle) {
  const std::vector<double> values{2, 1, 4, 3, 12, 14, 11, 13};
  const auto found = change_points(values, 0.05);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].at, 4U);
  EXPECT_NEAR(found[0].p, 2.0 / 70, 0.002);
  EXPECT_TRUE(change_points(values, 0.02).empty());
  EXPECT_EQ(values_for_step(0.05), 8U);
  EXPECT_EQ(values_for_step(0.05 / 40), 13U);  // 2/C(13, 6) = .00117, below .00125
}

TEST(ChangePoints, UpAndDownAgainAreTwoSteps) {
  std::vector<double> values = noise(3, 30);
  for (std::size_t i = 10; i < 20; ++i) values[i] += 20;
  const auto found = change_points(values, 0.05);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].at, 10U);
  EXPECT_EQ(found[1].at, 20U);
}

TEST(ChangePoints, EqualValuesAndShortSequencesHaveNone) {
  EXPECT_TRUE(change_points(std::vector<double>(20, 1.5), 0.05).empty());
  EXPECT_TRUE(change_points(std::vector<double>{1, 2, 30, 40}, 0.05).empty());
  EXPECT_TRUE(change_points({}, 0.05).empty());
}

TEST(ChangePoints, SequencesWithoutAStepShowOneNoMoreOftenThanPromised) {
  int alarms = 0;
  constexpr int kTrials = 2000;
  for (int i = 0; i < kTrials; ++i)
    alarms += change_points(noise(100 + static_cast<std::uint64_t>(i), 20), 0.05).empty() ? 0 : 1;
  const Interval rate = binomial_interval(alarms, kTrials);
  EXPECT_TRUE(rate.low <= 0.05) << alarms;
  EXPECT_TRUE(rate.high >= 0.04) << alarms;  // it must not be too cautious either
}

}  // namespace
}  // namespace descent::stats
