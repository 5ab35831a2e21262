#include "sweep/search/rate.hpp"

#include <gtest/gtest.h>

namespace descent::sweep {
namespace {

constexpr std::int64_t kBudget = 100;

TrialResult reached(double steps) { return {record::TrialStatus::reached, 0, steps, 0}; }
TrialResult short_of(double loss) { return {record::TrialStatus::budget, kBudget, std::nullopt, loss}; }

Rate with(const std::vector<TrialResult>& runs, std::size_t met) {
  Rate rate(0.5, kBudget);
  for (const TrialResult& run : runs) rate.record(run, met, true);
  return rate;
}

TEST(Rate, MeanAndStandardErrorCountARunThatFellShortAsTheBudget) {
  const Rate two = with({reached(2), reached(4)}, 2);
  EXPECT_EQ(two.mean_steps(), 3);
  EXPECT_EQ(two.standard_error(), 1);  // √(((2 − 3)² + (4 − 3)²) / 1 / 2)
  EXPECT_EQ(with({reached(50), short_of(1)}, 2).mean_steps(), 75);
}

TEST(Rate, ScoreIsTheExpectedRunningTimeAndWhereRatesContendItsErrorToo) {
  const Rate rate = with({reached(2), reached(4)}, 2);
  EXPECT_EQ(rate.score(2, false).rank, 0);
  EXPECT_EQ(rate.score(2, false).value, 3);
  EXPECT_EQ(rate.score(2, true).value, 4);
  EXPECT_EQ(rate.score(1, false).value, 2) << "only seeds that the other rates have run, too, count";
  // Auger and Hansen (2005): the steps of all runs, divided by how many runs reached the target.
  EXPECT_EQ(with({reached(20), short_of(1)}, 2).score(2, true).value, 120 + 40);
}

TEST(Rate, ReachedIsBetterThanStoppedThanShortThanDiverged) {
  Rate stopped(0.5, kBudget);
  stopped.stop();
  const RateScore ranks[] = {with({reached(99)}, 1).score(1, false), stopped.score(1, false),
                             with({short_of(0.1)}, 1).score(1, false),
                             with({{record::TrialStatus::diverged, 3, std::nullopt, 0}}, 1).score(1, false)};
  for (int i = 0; i < 4; ++i) EXPECT_EQ(ranks[i].rank, i);
  for (int i = 0; i + 1 < 4; ++i) EXPECT_TRUE(ranks[i] < ranks[i + 1]) << i;
  EXPECT_EQ(ranks[2].value, 0.1);
  EXPECT_EQ(ranks[3].value, 0.5);
}

TEST(Rate, ClosesAfterItsSeedsAndOpensForMoreUnlessItDiverged) {
  Rate rate(0.5, kBudget);
  rate.record(reached(1), 2, false);
  EXPECT_FALSE(rate.closed());
  rate.record(reached(1), 2, false);
  EXPECT_TRUE(rate.closed());
  rate.reopen(4);
  EXPECT_FALSE(rate.closed());
  rate.stop();
  EXPECT_EQ(rate.runs().size(), 3U);
  rate.reopen(4);
  EXPECT_EQ(rate.runs().size(), 2U) << "a run that was stopped early has to be run again";
  rate.record({record::TrialStatus::diverged, 3, std::nullopt, 0}, 4, true);
  rate.reopen(8);
  EXPECT_TRUE(rate.closed());
}

}  // namespace
}  // namespace descent::sweep
