#include "analysis/same_cell.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "descent/core/random.hpp"
#include "record/words.hpp"

namespace descent::analysis {
namespace {

/// Cells that are timed under two names in each process, with `rounds` samples each. A process has a level that both
/// names share, and each name in it one of its own, which scatters by `between`. Samples scatter by `within`. The
/// second name is slower by `slower`.
std::vector<record::Timing> timings(int cells, int processes, double between, double within, double slower,
                                    std::uint64_t seed) {
  constexpr int rounds = 2;
  core::CounterRandom random(seed, core::Purpose::noise);
  std::vector<record::Timing> result;
  for (int process = 1; process <= processes; ++process)
    for (int cell = 0; cell < cells; ++cell) {
      const double shared = std::exp(0.2 * random.next_normal());
      for (const record::Twin twin : {record::Twin::a, record::Twin::b}) {
        record::Timing timing;
        timing.twin = twin;
        timing.cell = std::to_string(cell);
        timing.invocation = process;
        const double level =
            shared * std::exp(between * random.next_normal()) * (timing.twin == record::Twin::b ? 1 + slower : 1);
        for (int sample = 0; sample < rounds; ++sample) {
          timing.seconds_per_step.push_back(level * std::exp(within * random.next_normal()));
          timing.steps_per_sample.push_back(3);
          timing.timed_from.push_back(record::TimedFrom::end);
        }
        result.push_back(timing);
      }
    }
  return result;
}

std::vector<record::Check> compared(const std::vector<record::Timing>& all) { return compare_with_itself(all, {}); }

TEST(CompareWithItself, RejectsAboutOneInTwentyWhereThereIsNothing) {
  // In 2,000 comparisons, a share of 5 % is known to ±1 %. From five processes on, intervals are by order statistics,
  // below that by Student's t.
  for (const int processes : {3, 4, 5, 8}) {
    const std::vector<record::Check> checks = compared(timings(2000, processes, 0.02, 0.01, 0, 1));
    ASSERT_EQ(checks.size(), 2U);
    EXPECT_EQ(checks[0].kind, "aa");
    EXPECT_EQ(checks[0].verdict, "ok") << processes;
    EXPECT_TRUE(*checks[0].value >= 0.03 && *checks[0].value <= 0.07) << processes << ": " << *checks[0].value;
  }
}

TEST(CompareWithItself, NoticesANameThatIsSlower) {
  const std::vector<record::Check> checks = compared(timings(50, 8, 0.005, 0.005, 0.05, 2));
  EXPECT_EQ(checks[0].verdict, "suspect");
  EXPECT_TRUE(*checks[0].value >= 0.9);
}

TEST(CompareWithItself, TheSmallestDifferenceHoldsWhatVariesBetweenProcesses) {
  // Samples within a process agree to a thousandth, but the levels of the two names differ more.
  const double narrow = *compared(timings(200, 8, 0.002, 0.001, 0, 3))[1].value;
  const double wide = *compared(timings(200, 8, 0.02, 0.001, 0, 3))[1].value;
  EXPECT_TRUE(wide / narrow > 7 && wide / narrow < 13) << wide << " " << narrow;
  // The ratios have a standard deviation of 0.02·√2. The 2nd and the 7th of eight values hold the median at 93 %. Half
  // of the distance between them is 0.852 deviations for normal values (source: tables of order statistics), and the
  // interval at 95 % is a little wider.
  EXPECT_TRUE(wide > 0.8 * 0.852 * 0.0283 && wide < 1.5 * 0.852 * 0.0283) << wide;
}

TEST(CompareWithItself, WhatWasCalledSmallestIsToldHalfOfTheTime) {
  const double smallest = *compared(timings(1000, 8, 0.02, 0.01, 0, 4))[1].value;
  const double told = *compared(timings(1000, 8, 0.02, 0.01, smallest, 5))[0].value;
  EXPECT_TRUE(told > 0.35 && told < 0.65) << told;
}

TEST(CompareWithItself, SaysNothingOfFewProcessesOrOneName) {
  EXPECT_TRUE(compared(timings(10, 2, 0.01, 0.01, 0, 6)).empty());
  std::vector<record::Timing> single = timings(10, 8, 0.01, 0.01, 0, 7);
  for (record::Timing& timing : single) timing.twin = record::Twin::none;
  EXPECT_TRUE(compared(single).empty());
  EXPECT_TRUE(compared({}).empty());
}

TEST(CompareWithItself, PairsByProcess) {
  // Processes differ by 20 %. So the two names have to be compared within each process, whatever the order of the
  // timings.
  std::vector<record::Timing> all = timings(100, 8, 0.001, 0.001, 0, 8);
  std::stable_partition(all.begin(), all.end(),
                        [](const record::Timing& timing) { return timing.twin == record::Twin::b; });
  std::reverse(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2));
  EXPECT_TRUE(*compared(all)[1].value < 0.005);
}

TEST(CompareWithItself, TellsTheTimeThatAPairTook) {
  std::vector<record::Invocation> invocations(3);
  for (record::Invocation& invocation : invocations) invocation.seconds = 1.5;
  std::vector<record::Timing> all = timings(1, 3, 0, 0, 0, 9);
  for (record::Timing& timing : all) timing.seconds_per_step = {0.25, 0.25};
  const std::string note = compare_with_itself(all, invocations)[1].note;
  // 3 processes × 2 names × 2 samples × 3 steps × ¼ s = 9 s.
  EXPECT_NE(note.find("3 processes and 9 s of samples, all timings in 4.5 s"), std::string::npos) << note;
}

}  // namespace
}  // namespace descent::analysis
