#include "sweep/timing/retakes.hpp"

#include <gtest/gtest.h>

namespace descent::sweep {
namespace {

using enum Retakes::Verdict;
constexpr machine::SentinelTimes kQuiet{1e-4, 1e-4, 1e-4};

Sample by(int workers, double cpu_share = 1) {
  Sample sample;
  sample.participation.workers = workers;
  sample.cpu_share = cpu_share;
  return sample;
}

TEST(Retakes, ASampleCountsWhereAllWorkersTookPartWithTheirCpus) {
  Retakes retakes(10, 2);
  EXPECT_EQ(retakes.judge(by(2), 2, false, kQuiet, 0), good);
  EXPECT_EQ(retakes.judge(by(1), 2, false, kQuiet, 0), again);
  EXPECT_EQ(retakes.judge(by(2, 0.8), 2, false, kQuiet, 0), again);
  EXPECT_EQ(retakes.judge(by(2, 0.8), 2, true, kQuiet, 0), good) << "normal with more threads than CPUs";
}

TEST(Retakes, ASlowSentinelBesideItTellsOfANeighbour) {
  Retakes retakes(10, 2);
  EXPECT_EQ(retakes.judge(by(1), 1, false, kQuiet, 0), good);
  EXPECT_EQ(retakes.judge(by(1), 1, false, {1.6e-4, 1e-4, 1e-4}, 0), again);
  EXPECT_EQ(retakes.judge(by(1), 1, false, {1e-4, 1.6e-4, 1e-4}, 0), again);
  EXPECT_EQ(retakes.judge(by(1), 1, false, {1.4e-4, 1.4e-4, 1}, 0), good) << "all cores share the memory";
}

TEST(Retakes, OneSampleIsTakenAgainThreeTimesAndAFifthOfThemInAll) {
  Retakes retakes(10, 2);  // 20 samples, of which 4 + 4 may be taken again
  EXPECT_EQ(retakes.judge(by(0), 1, false, kQuiet, 3), suspect);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(retakes.judge(by(0), 1, false, kQuiet, 0), again) << i;
  EXPECT_EQ(retakes.judge(by(0), 1, false, kQuiet, 0), suspect);
  EXPECT_EQ(retakes.judge(by(1), 1, false, kQuiet, 0), good);
}

}  // namespace
}  // namespace descent::sweep
