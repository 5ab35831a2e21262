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
  // 30 s for one of ten; 50 s later.
  EXPECT_DOUBLE_EQ(time.seconds(30), 9 * 30 + 50);
  EXPECT_DOUBLE_EQ(time.share_of_stage(), 0.1);
}

TEST(RemainingTime, PiecesOfTheJournalAreDoneButTellNoRate) {
  RemainingTime time = planned();
  time.enter("train", 100, 0);
  for (int i = 0; i < 90; ++i) time.finished(1, true);
  // Nothing fresh yet: a tenth of what search and train were estimated at.
  EXPECT_DOUBLE_EQ(time.seconds(0.5), 10 + 50);
  time.finished(1, false);
  // One took 8.5 s: nine are left, not nine times 8.5/91.
  EXPECT_DOUBLE_EQ(time.seconds(8.5), 9 * 8.5 + 50);
  EXPECT_DOUBLE_EQ(time.share_of_stage(), 0.91);
}

TEST(RemainingTime, LaterStagesAreScaledByWhatEarlierOnesTook) {
  RemainingTime time = planned();
  time.enter("train", 4, 0);
  for (int i = 0; i < 4; ++i) time.finished(1, false);
  time.enter("time", 5, 300);  // three times what was estimated
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
  // Half fresh: 50 s took the place of half of the estimate.
  RemainingTime half = planned();
  half.enter("train", 4, 0);
  for (int i = 0; i < 4; ++i) half.finished(1, i < 2);
  half.enter("time", 5, 25);
  EXPECT_DOUBLE_EQ(half.seconds(25), 25);
}

TEST(RemainingTime, IsNeverNegative) {
  RemainingTime time = planned();
  time.enter("time", 2, 0);
  for (int i = 0; i < 5; ++i) time.finished(1, false);  // more than planned
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
