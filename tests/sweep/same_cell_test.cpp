#include "sweep/same_cell.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "descent/core/random.hpp"

namespace descent {
namespace {

/// Cells × processes with four samples each: noise of `spread`, and the later half slower by `drift`.
std::vector<Timing> timings(int cells, int processes, double spread, double drift, std::uint64_t seed) {
  CounterRandom random(seed, Purpose::noise);
  std::vector<Timing> result;
  for (int process = 1; process <= processes; ++process)
    for (int cell = 0; cell < cells; ++cell) {
      Timing timing;
      timing.workload = "w";
      timing.batch = cell + 1;
      timing.invocation = process;
      for (int sample = 0; sample < 4; ++sample) {
        timing.seconds_per_step.push_back((1 + (sample >= 2 ? drift : 0)) * std::exp(spread * random.next_normal()));
        timing.phase.emplace_back("end");
      }
      result.push_back(timing);
    }
  return result;
}

TEST(CompareWithItself, RejectsAboutOneInTwentyWhereThereIsNothing) {
  const std::vector<Check> checks = compare_with_itself(timings(4000, 8, 0.02, 0, 1));
  ASSERT_EQ(checks.size(), 2U);
  EXPECT_EQ(checks[0].kind, "aa");
  EXPECT_EQ(checks[0].verdict, "ok");
  EXPECT_TRUE(*checks[0].low <= 0.05 && 0.05 <= *checks[0].high) << *checks[0].value;
}

TEST(CompareWithItself, NoticesADriftWithinProcesses) {
  const std::vector<Check> checks = compare_with_itself(timings(50, 8, 0.005, 0.05, 2));
  EXPECT_EQ(checks[0].verdict, "suspect");
  EXPECT_TRUE(*checks[0].value >= 0.9);
}

TEST(CompareWithItself, TellsSmallerDifferencesWhereItIsQuieter) {
  const double noisy = *compare_with_itself(timings(100, 8, 0.1, 0, 3))[1].value;
  const double quiet = *compare_with_itself(timings(100, 8, 0.01, 0, 3))[1].value;
  EXPECT_TRUE(std::abs(noisy / quiet - 10) <= 1) << noisy << " " << quiet;
  // The difference of two means of 2 has a deviation of 0.01; t(7) at 97.5 % is 2.365: 2.365 · 0.01 / √8 = 0.0084, a
  // little less in the median.
  EXPECT_TRUE(quiet > 0.007 && quiet < 0.009) << quiet;
}

TEST(CompareWithItself, SaysNothingOfFewProcessesOrSingleBlocks) {
  EXPECT_TRUE(compare_with_itself(timings(10, 3, 0.01, 0, 4)).empty());
  std::vector<Timing> single = timings(10, 8, 0.01, 0, 5);
  for (Timing& timing : single) {
    timing.seconds_per_step.resize(1);
    timing.phase.resize(1);
  }
  EXPECT_TRUE(compare_with_itself(single).empty());
  EXPECT_TRUE(compare_with_itself({}).empty());
}

TEST(CompareWithItself, ComparesEqualWorkOnly) {
  // Two phases of very different cost, in whatever order: their halves are equal.
  std::vector<Timing> mixed;
  for (int process = 1; process <= 6; ++process) {
    Timing timing;
    timing.workload = "w";
    timing.invocation = process;
    const double jitter = 1 + 0.001 * process;
    timing.seconds_per_step = {1, 3 * jitter, 3, 1, 1, 3};
    timing.phase = {"start", "end", "end", "start", "start", "end"};
    mixed.push_back(timing);
  }
  const std::vector<Check> checks = compare_with_itself(mixed);
  ASSERT_EQ(checks.size(), 2U);
  EXPECT_TRUE(*checks[1].value <= 0.01);
}

}  // namespace
}  // namespace descent
