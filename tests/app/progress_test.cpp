#include "app/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "app/program.hpp"
#include "descent/report/text_table.hpp"

namespace descent::app {
namespace {

using testing::HasSubstr;

TEST(Progress, PlainLinesComeAtMostEveryTenSeconds) {
  std::ostringstream out;
  double time = 100;
  Progress progress(out, {false, 80}, [&] { return time; });
  progress.stage("search", 28);
  for (int i = 0; i < 250; ++i) {
    time += 0.1;
    progress.piece("trial", 0.1, false);
    progress.progress(i / 250.0, 75, "");
  }
  EXPECT_EQ(test::lines_in(out.str()), 2U);
  EXPECT_THAT(out.str(), HasSubstr("search"));
  EXPECT_EQ(out.str().find('\r'), std::string::npos);
}

TEST(Progress, ShareIsOfTheWholeTime) {
  std::ostringstream out;
  double time = 0;
  Progress progress(out, {false, 80}, [&] { return time; });
  progress.stage("search", 4);
  time = 25;
  progress.progress(0.5, 75, "batch 64 on 2 threads: 0.19 s");
  EXPECT_EQ(out.str(), "25 %, about 1 min 15 s left · search 0/4 · best batch 64 on 2 threads: 0.19 s\n");
}

TEST(Progress, TerminalLineIsDrawnAgainAndFits) {
  std::ostringstream out;
  double time = 0;
  Progress progress(out, {true, 40}, [&] { return time; });
  progress.stage("search", 3);
  for (int i = 0; i < 3; ++i) {
    time += 1;
    progress.progress(0.5, 10, std::string(100, 'x'));
  }
  EXPECT_EQ(test::lines_in(out.str()), 0U);
  std::istringstream in(out.str());
  std::string piece;
  std::getline(in, piece, '\r');
  while (std::getline(in, piece, '\r'))
    EXPECT_LE(report::display_width(piece), 39U + 3) << piece;  // 3 bytes clear the rest of the line
}

TEST(Progress, CountsWhatWasPlannedAndTrialsBesideIt) {
  std::ostringstream out;
  double time = 0;
  Progress progress(out, {false, 80}, [&] { return time; });
  progress.stage("train", 8);
  for (int i = 0; i < 300; ++i) progress.piece("trial x", 0.1, false);
  for (int i = 0; i < 3; ++i) progress.piece("trajectory x", 0.1, i == 0);
  time = 11;
  progress.progress(0.5, 11, "");
  EXPECT_THAT(out.str(), HasSubstr("train 3/8 + 300 trials (1 from the journal)"));
  progress.stage("time", 2);
  for (int i = 0; i < 3; ++i) progress.piece("timing x", 0.1, false);
  time = 22;
  progress.progress(1, 1, "");
  // More pieces than were planned are done, so that a total would be wrong.
  EXPECT_THAT(out.str(), HasSubstr("time 3\n"));
}

TEST(Progress, SaysNoShareBeforeItKnowsOne) {
  std::ostringstream out;
  double time = 0;
  Progress progress(out, {false, 80}, [&] { return time; });
  time = 11;
  progress.piece("dataset", 1, false);
  progress.progress(1, 0, "");  // only the data are loaded
  time = 22;
  progress.stage("calibrate", 2);
  EXPECT_EQ(out.str(), "reading the data\ncalibrate\n");
}

TEST(Progress, WarningsStandOnLinesOfTheirOwn) {
  std::ostringstream out;
  Progress progress(out, {false, 80}, [] { return 0.0; });
  progress.warn("noisy");
  EXPECT_EQ(out.str(), "warning: noisy\n");
}

TEST(Duration, IsRoundedForPeople) {
  EXPECT_EQ(duration_text(0.4), "0 s");
  EXPECT_EQ(duration_text(59.6), "1 min 00 s");
  EXPECT_EQ(duration_text(200), "3 min 20 s");
  EXPECT_EQ(duration_text(7500), "2 h 05 min");
}

}  // namespace
}  // namespace descent::app
