// Whether a ranking can be trusted. It is not given if whole runs do not take the time that the timings say, or if
// cells differ by less than the disturbances. Otherwise it is given, with a sentence.
#include "analysis/trust.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/make_report.hpp"
#include "descent/analysis/analyse.hpp"

namespace descent::analysis {
namespace {

using ::testing::HasSubstr;

constexpr int kProcesses = 8;

/// Two batch sizes with the same steps. A step of batch 64 takes `slower` times as long as one of batch 32; in one
/// process this ratio is larger by `spread`, and in another smaller by as much. In half of the processes, the timings
/// of both cells are disturbed.
record::Report two_cells(double slower, double spread, bool disturbed = true) {
  record::Report report = testing::empty_report();
  testing::set_targets(report, {0.01});
  for (const std::int64_t batch : {32, 64}) {
    testing::add_series(report, batch, 100, {0.99, 1, 1.01});
    for (int i = 0; i < kProcesses; ++i) {
      const double process = 1 + 0.1 * ((i * 5) % kProcesses) / kProcesses;  // for both cells, so that it cancels
      const double ratio = batch == 32 ? 1 : slower * std::pow(1 + spread, i == 0 ? 1 : i == 1 ? -1 : 0);
      testing::add_timing(report, report.series.back().id, batch, 1, i, {1e-5 * process * ratio});
      report.timings.back().suspect = disturbed && i % 2 == 0;
    }
  }
  return report;
}

record::Summary summary_of(const record::Report& report) { return analyse(report).summary.at(0); }

TEST(Trust, ARankingWithAGapAboveTheDisturbanceIsGivenAndSaysByHowMuch) {
  const record::Summary row = summary_of(two_cells(2, 0.05));
  EXPECT_EQ(row.status, "ok");
  EXPECT_EQ(row.withheld, "none");
  EXPECT_FALSE(row.suspect);
  EXPECT_TRUE(row.tied.empty());
  EXPECT_NEAR(*row.disturbance, 0.05, 1e-9);
  EXPECT_NEAR(*row.gap, 1, 0.02);
  EXPECT_THAT(row.note, HasSubstr("processes differ by up to ±5.0 %; the next cell is 100 % slower"));
}

TEST(Trust, ARankingWithAGapUnderTheDisturbanceIsWithheld) {
  const record::Summary row = summary_of(two_cells(1.25, 0.35));
  ASSERT_TRUE(row.tied.empty()) << "the test alone would give this ranking";
  EXPECT_EQ(row.status, "suspect");
  EXPECT_EQ(row.withheld, "disturbance");
  EXPECT_NEAR(*row.disturbance, 0.35, 1e-9);
  EXPECT_LT(*row.gap, *row.disturbance);
}

TEST(Trust, TimingsThatWereNotDisturbedAreJudgedByTheirTestAlone) {
  const record::Summary row = summary_of(two_cells(1.25, 0.35, false));
  EXPECT_EQ(row.status, "ok");
  EXPECT_FALSE(row.disturbance);
  EXPECT_TRUE(row.note.empty()) << row.note;
}

TEST(Trust, ADisturbedNextCellCountsToo) {
  record::Report report = two_cells(1.25, 0.35);
  for (int i = 0; i < kProcesses; ++i) report.timings[static_cast<std::size_t>(i)].suspect = false;
  EXPECT_EQ(summary_of(report).withheld, "disturbance");
}

TEST(Trust, AFailedCompositionWithholdsWhateverTheGap) {
  record::Report report = two_cells(2, 0.01, false);
  report.checks.push_back({record::CheckKind::composition,
                           "measured over composed",
                           record::Verdict::suspect,
                           2.78,
                           {},
                           {},
                           "seconds are 64 % too low"});
  const record::Summary row = summary_of(report);
  EXPECT_EQ(row.status, "suspect");
  EXPECT_EQ(row.withheld, "composition");
  EXPECT_THAT(row.note, HasSubstr("64 % too low"));
  report.checks[0].verdict = record::Verdict::ok;
  EXPECT_EQ(summary_of(report).status, "ok");
}

TEST(Trust, TheBestCellsOwnFailedRunWithholdsItsRanking) {
  record::Report report = two_cells(2, 0.01, false);
  report.checks.push_back(
      {record::CheckKind::end_to_end, "w/sgd/64 threads:1", record::Verdict::suspect, 1.5, {}, {}, ""});
  EXPECT_EQ(summary_of(report).status, "ok") << "the failed run is of another cell";
  report.checks[0].subject = "w/sgd/32 threads:1";
  EXPECT_EQ(summary_of(report).withheld, "composition");
  EXPECT_THAT(summary_of(report).note, HasSubstr("took 1.50 times the seconds"));
}

}  // namespace
}  // namespace descent::analysis
