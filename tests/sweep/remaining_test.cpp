#include "sweep/plan/remaining.hpp"

#include <gtest/gtest.h>

namespace descent::sweep {
namespace {

RemainingTime planned() {
  RemainingTime time;
  time.plan({{"search", 60}, {"train", 40}, {"time", 50}});
  return time;
}

TEST(RemainingTime, BeforeAnythingIsDoneIsThePlansEstimate) {
  RemainingTime time = planned();
  time.enter("search", 2, 0);
  EXPECT_DOUBLE_EQ(time.seconds(0), 150);
}

TEST(RemainingTime, AStageGoesOnAsFastAsItWent) {
  RemainingTime time = planned();
  time.enter("train", 10, 0);
  time.finished(1, false);
  // One of ten pieces took 30 s, and the later stage is estimated at 50 s.
  EXPECT_DOUBLE_EQ(time.seconds(30), 9 * 30 + 50);
  EXPECT_DOUBLE_EQ(time.share_of_stage(), 0.1);
}

TEST(RemainingTime, PiecesOfTheJournalAreDoneButTellNoRate) {
  RemainingTime time = planned();
  time.enter("train", 100, 0);
  for (int i = 0; i < 90; ++i) time.finished(1, true);
  // Nothing was run yet. What is left of search and train is a tenth of their estimates.
  EXPECT_DOUBLE_EQ(time.seconds(0.5), 10 + 50);
  time.finished(1, false);
  // One piece took 8.5 s, so that nine times that is left. Pieces from the journal took no time and do not count.
  EXPECT_DOUBLE_EQ(time.seconds(8.5), 9 * 8.5 + 50);
  EXPECT_DOUBLE_EQ(time.share_of_stage(), 0.91);
}

TEST(RemainingTime, LaterStagesAreScaledByWhatEarlierOnesTook) {
  RemainingTime time = planned();
  time.enter("train", 4, 0);
  for (int i = 0; i < 4; ++i) time.finished(1, false);
  time.enter("time", 5, 300);  // three times the estimate
  EXPECT_DOUBLE_EQ(time.seconds(300), 150);
  time.finished(1, false);
  EXPECT_DOUBLE_EQ(time.seconds(310), 40);
}

TEST(RemainingTime, AStageFromTheJournalAloneScalesNothing) {
  RemainingTime time = planned();
  time.enter("train", 4, 0);
  for (int i = 0; i < 4; ++i) time.finished(1, true);
  time.enter("time", 5, 0.01);
  EXPECT_DOUBLE_EQ(time.seconds(0.01), 50);
  // Half of the pieces were run, in 25 s instead of the estimated 50 s.
  RemainingTime half = planned();
  half.enter("train", 4, 0);
  for (int i = 0; i < 4; ++i) half.finished(1, i < 2);
  half.enter("time", 5, 25);
  EXPECT_DOUBLE_EQ(half.seconds(25), 25);
}

TEST(RemainingTime, IsNeverNegative) {
  RemainingTime time = planned();
  time.enter("time", 2, 0);
  for (int i = 0; i < 5; ++i) time.finished(1, false);  // more pieces than were planned
  EXPECT_DOUBLE_EQ(time.seconds(10), 0);
  EXPECT_DOUBLE_EQ(time.share_of_stage(), 1);
}

TEST(Instalments, NeverLeaveNothingBeforeTheEndAndNothingAfterIt) {
  Instalments fewer(100, 4), more(100, 4);
  EXPECT_DOUBLE_EQ(fewer.next(), 25);
  EXPECT_DOUBLE_EQ(fewer.next(), 25);
  EXPECT_DOUBLE_EQ(fewer.rest(), 50);
  double counted = 0;
  for (int piece = 0; piece < 50; ++piece) counted += more.next();
  EXPECT_DOUBLE_EQ(counted, 90);
  EXPECT_DOUBLE_EQ(more.rest(), 10);
}

}  // namespace
}  // namespace descent::sweep
