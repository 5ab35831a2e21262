#include "descent/stats/passage.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "descent/core/random.hpp"

namespace descent::stats {
namespace {

TEST(FirstPassage, NeedsTwoGridPointsInARowAndInterpolatesInLogarithms) {
  const std::vector<std::int64_t> steps{0, 10, 20, 40, 80};
  EXPECT_FALSE(first_passage(steps, std::vector<double>{1, 0.5, 0.05, 0.5, 0.05}, 0.1)) << "no point follows the last";
  const auto passage = first_passage(steps, std::vector<double>{1, 0.4, 0.1, 0.025, 0.01}, 0.05);
  ASSERT_TRUE(passage);
  EXPECT_EQ(passage->low, 20);
  EXPECT_EQ(passage->high, 40);
  EXPECT_NEAR(passage->step, 20 * std::sqrt(2.0), 1e-9);  // halfway in logarithms
  EXPECT_EQ(first_passage(steps, std::vector<double>{0.01, 0.01, 0.1, 0.1, 0.1}, 0.05)->step, 0);
}

const std::vector<std::int64_t> kSteps{0, 10, 20, 40, 80, 160};

// From step 40, the window would end at √2 · 40 = 56.57. On the line from (40, 0.1) to (80, y) the value there is 0.1 +
// 0.4142 (y − 0.1), so that the mean would be at most 0.2 up to y = 0.1 + 0.2/0.4142 = 0.5828. But a window holds at
// least two more points. So it ends at 160, and the integral over its 120 steps is 40 (0.1 + y)/2 + 80 (y + z)/2.
TEST(Passage, AsksThatTheMeanStaysUnderTheLevelForTwoMorePoints) {
  const auto with = [](double y, double z) {
    return passage(kSteps, std::vector<double>{1.0, 1.0, 0.4, 0.1, y, z}, 0.2);
  };
  // With y = 0.3 and z = 0.1, this is 40 · 0.2 + 80 · 0.2 = 24 = 0.2 · 120: the mean just reaches 0.2.
  ASSERT_TRUE(with(0.3, 0.1));
  EXPECT_FALSE(with(0.3, 0.101));
  EXPECT_EQ(with(0.3, 0.1)->low, 20);
  EXPECT_EQ(with(0.3, 0.1)->high, 40);
}

TEST(Passage, AsksForTheMeanUpToRootTwoTimesTheSteps) {
  // The window goes from 100 to 141.42: the value is 0.1 up to 120, and then on the line to (150, y), where it ends at
  // 0.1 + 0.714 (y − 0.1). The mean is 0.1 + (21.42/41.42) · 0.714 (y − 0.1)/2 = 0.1 + 0.18465 (y − 0.1), which is 0.2
  // at y = 0.6416.
  const std::vector<std::int64_t> steps{0, 50, 100, 110, 120, 150, 300};
  const auto with = [&](double y) { return passage(steps, std::vector<double>{1.0, 0.9, 0.1, 0.1, 0.1, y, 9.0}, 0.2); };
  EXPECT_TRUE(with(0.641));
  EXPECT_FALSE(with(0.643));
}

TEST(Passage, OfACurveThatFallsIsItsFirstPointAtTheLevelInterpolated) {
  // The curve is y = 1/k and the level is 1/5, so that the answer is k = 5, between the points 4 and 8.
  const std::vector<std::int64_t> steps{1, 2, 4, 8, 16, 32};
  std::vector<double> y;
  for (const std::int64_t k : steps) y.push_back(1 / static_cast<double>(k));
  ASSERT_TRUE(passage(steps, y, 0.2));
  EXPECT_NEAR(passage(steps, y, 0.2)->step, 5, 1e-12);
  EXPECT_NEAR(first_passage(steps, y, 0.2)->step, 5, 1e-12);
  EXPECT_EQ(passage(steps, y, 1)->step, 1) << "the first point is at the level already";
}

// The curve is below the level at two points, rises again, and later falls for good. first_passage() takes the two
// points for the passage.
TEST(Passage, IsNotADip) {
  std::vector<std::int64_t> steps;
  std::vector<double> y;
  for (std::int64_t k = 0; k <= 400; ++k) {
    steps.push_back(k);
    y.push_back(k == 50 || k == 51 ? 0.05 : std::exp(-static_cast<double>(k) / 50));
  }
  EXPECT_EQ(first_passage(steps, y, 0.1)->high, 50);
  EXPECT_NEAR(passage(steps, y, 0.1)->step, 50 * std::log(10.0), 1);
}

// All points from 100 on are 0.1, except one of 4.4, which adds 4.3 to the sum over a window of 0.4142 k steps. The
// mean is 0.1 + 4.3/(0.41421 k), which is 0.2 at k = 103.81. All points around the large one are below the level.
TEST(Passage, IsInterpolatedInTheMeanWhereThatDecides) {
  std::vector<std::int64_t> steps;
  std::vector<double> y;
  for (std::int64_t k = 0; k <= 300; ++k) {
    steps.push_back(k);
    y.push_back(k < 100 ? 1 : k == 110 ? 4.4 : 0.1);
  }
  const auto found = passage(steps, y, 0.2);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->low, 103);
  EXPECT_EQ(found->high, 104);
  EXPECT_NEAR(found->step, 103.81, 0.01);
}

TEST(Passage, BeyondTheBudgetDoesNotCountButWhatIsBeforeItMayBeSettledThere) {
  const std::vector<double> y{1.0, 1.0, 1.0, 1.0, 0.1, 0.1, 0.1, 0.1};
  const std::vector<std::int64_t> steps{0, 10, 20, 40, 80, 90, 100, 120};
  EXPECT_TRUE(passage(steps, y, 0.2, 80));
  EXPECT_FALSE(passage(steps, y, 0.2, 79));
  EXPECT_TRUE(first_passage(steps, y, 0.2, 80));
  EXPECT_FALSE(first_passage(steps, y, 0.2, 79));
}

TEST(Passage, OfARunThatWasSeenToArriveTakesItsEndForTheWindows) {
  const std::vector<std::int64_t> steps{0, 100, 101};
  EXPECT_FALSE(passage(steps, std::vector<double>{1.0, 0.1, 0.09}, 0.1));
  ASSERT_TRUE(passage(steps, std::vector<double>{1.0, 0.1, 0.09}, 0.1, 1e9, true));
  EXPECT_EQ(passage(steps, std::vector<double>{1.0, 0.1, 0.09}, 0.1, 1e9, true)->step, 100);
  EXPECT_FALSE(passage(steps, std::vector<double>{1.0, 0.1, 0.2}, 0.1, 1e9, true)) << "the mean is above the level";
  EXPECT_FALSE(passage(steps, std::vector<double>{1.0, 1.0, 0.09}, 0.1, 1e9, true)) << "no point follows the last one";
}

TEST(Passage, AtTheEndOfACurveIsDecidedByItsWindowAlone) {
  EXPECT_TRUE(passage(std::vector<std::int64_t>{0, 100, 142}, std::vector<double>{1, 0.1, 0.09}, 0.1));
  EXPECT_FALSE(passage(std::vector<std::int64_t>{0, 100, 141}, std::vector<double>{1, 0.1, 0.09}, 0.1));
}

TEST(PassageWatch, IsOpenWhileAPointMayStillTurnOutToBeThePassage) {
  PassageWatch watch(0.2);
  const auto add = [&](std::int64_t step, double y, bool counts = true) { watch.add(step, y, counts); };
  add(0, 1), add(100, 1);
  EXPECT_FALSE(watch.open());
  add(110, 0.1);
  EXPECT_TRUE(watch.open());
  add(120, 0.3, false);
  EXPECT_TRUE(watch.open());
  // A passage at 110 allows a sum of 9.11 up to step 155.56. The sum so far is 2 and 10 · (0.3 + y)/2, which is more
  // for y = 1.13.
  add(130, 1.13, false);
  EXPECT_FALSE(watch.open()) << "zeros from here on would not bring the mean down to the level";
  EXPECT_FALSE(watch.found());
}

/// A curve that falls as exp(−k/20) to steady noise, as a constant learning rate leaves it. The logarithm of the noise
/// is an AR(1) process with the correlation r from one step to the next and the standard deviation `sd`; the mean of
/// the noise is `mean`.
std::vector<double> noisy_floor(double mean, double sd, double r, std::size_t length, std::uint64_t seed) {
  core::CounterRandom random(seed, core::Purpose::spot_check);
  std::vector<double> y;
  double x = 0;
  for (std::size_t k = 0; k < length; ++k) {
    const double u = (static_cast<double>(random.next_below(1U << 30)) + 0.5) / (1U << 30);
    const double v = static_cast<double>(random.next_below(1U << 30)) / (1U << 30);
    const double normal = std::sqrt(-2 * std::log(u)) * std::cos(2 * M_PI * v);
    x = r * x + std::sqrt(1 - r * r) * normal;
    y.push_back(std::exp(-static_cast<double>(k) / 20) + mean * std::exp(sd * x - sd * sd / 2));
  }
  return y;
}

// The noise has no memory after three steps, and the shortest window here has thirty. Noise with a mean of 1.5 times
// the level often falls below the level without staying there: that is no passage. Noise with a mean of 0.6 times the
// level is one.
TEST(Passage, OfANoisyFloorDependsOnItsMeanAndNotOnItsDips) {
  std::vector<std::int64_t> steps(4000);
  for (std::size_t k = 0; k < steps.size(); ++k) steps[k] = static_cast<std::int64_t>(k);
  int dips = 0, above = 0, below = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::vector<double> high = noisy_floor(0.15, 0.5, 0.7, steps.size(), seed);
    dips += first_passage(steps, high, 0.1).has_value();
    above += passage(steps, high, 0.1).has_value();
    const auto found = passage(steps, noisy_floor(0.06, 0.5, 0.7, steps.size(), seed), 0.1);
    below += found && found->step < 150;
  }
  EXPECT_EQ(dips, 20);
  EXPECT_LE(above, 1);
  EXPECT_EQ(below, 20);
}

}  // namespace
}  // namespace descent::stats
