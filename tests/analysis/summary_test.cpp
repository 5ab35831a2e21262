#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "analysis/make_report.hpp"
#include "descent/analysis/analyse.hpp"

namespace descent {
namespace {

using testing::add_series;
using testing::add_timing;
using ::testing::ElementsAre;
using testing::empty_report;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Report one_target() {
  Report report = empty_report();
  report.context.configuration["target"] = "0.01";
  return report;
}

std::string add_timed(Report& report, std::int64_t batch, double half, const std::vector<double>& speeds,
                      double seconds, std::int64_t budget = 100000) {
  add_series(report, batch, half, speeds, budget);
  const std::string id = report.series.back().id;
  for (int i = 0; i < 8; ++i) add_timing(report, id, batch, 1, i, {seconds * (1 + 0.01 * (i % 3))});
  return id;
}

// A dozen cells of which each succeeds once in three runs: hardly any replicate has a success of all of them.
TEST(Summary, ACellWithoutASuccessInAReplicateIsSlowThereAndLeavesTheOthersAlone) {
  Report report = one_target();
  add_timed(report, 4, 100, {1, 1.01, 0.99}, 1e-5);
  add_timed(report, 8, 100, {1, 1.01, 0.99}, 1e-4);  // ten times as slow
  for (int cell = 0; cell < 12; ++cell) add_timed(report, 16 << cell, 100, {1, 0.01, 0.01}, 1e-5, 800);
  const Summary row = analyse(report).summary.at(0);
  EXPECT_EQ(row.best_batch, 4);
  EXPECT_THAT(row.tied, ::testing::Not(::testing::Contains("batch 8 × 1 thread")));
}

/// Two cells that share what each process does to them, the second 3 % slower in every one; it was measured again in
/// processes of its own.
TEST(Summary, ComparesCellsByTheProcessesThatTheyShare) {
  Report report = one_target();
  for (const std::int64_t batch : {32, 64}) {
    add_series(report, batch, 100, {1});
    for (int i = 0; i < 8; ++i)
      add_timing(report, report.series.back().id, batch, 1, i,
                 {1e-5 * (1 + 0.2 * ((i * 5) % 8) / 8.0) * (batch == 64 ? 1.03 : 1)});
  }
  EXPECT_THAT(analyse(report).summary.at(0).tied, IsEmpty());
  std::vector<Timing> again;
  for (int i = 8; i < 11; ++i) add_timing(report, "w/sgd/64", 64, 1, i, {1e-5 * (1.07 + 0.05 * i / 11)});
  std::rotate(report.timings.begin() + 8, report.timings.end() - 3, report.timings.end());  // before its others
  EXPECT_THAT(analyse(report).summary.at(0).tied, IsEmpty()) << "processes are told apart by their ids";
}

TEST(Summary, DoesNotRankWhatTimingsAreSuspectFor) {
  Report report = one_target();
  add_timed(report, 32, 100, {1}, 1e-5);
  EXPECT_EQ(analyse(report).summary.at(0).status, "ok");
  for (int i = 0; i < 4; ++i) report.timings[static_cast<std::size_t>(i)].suspect = true;
  const Summary row = analyse(report).summary.at(0);
  EXPECT_EQ(row.status, "suspect");
  EXPECT_THAT(row.note, HasSubstr("suspect"));
}

TEST(Summary, SaysByHowMuchCompositionIsOff) {
  Report report = one_target();
  add_timed(report, 32, 100, {1}, 1e-5);
  report.checks.push_back({"composition", "measured over composed", "suspect", 1.25, {}, {}, "20 % too low"});
  EXPECT_THAT(analyse(report).summary.at(0).note, HasSubstr("20 % too low"));
}

TEST(Summary, LetsOnlyTunedRatesCompeteAndNamesTheOthersBeside) {
  Report report = one_target();
  add_timed(report, 32, 100, {1}, 1e-5);
  Tuning trial;
  trial.series = "w/sgd/32", trial.seconds = 2.5;
  report.tunings = {trial, trial};
  const std::string linear = add_timed(report, 64, 100, {1}, 1e-6);
  report.series.back().lr_rule = "linear", report.series.back().tuned_for = {};
  // The same batch with a rate for another target: its name would be the best cell's.
  add_series(report, 32, 100, {1});
  report.series.back().id += "@0.1", report.series.back().tuned_for = 0.1;
  report.trajectories.back().series = report.series.back().id;
  for (int i = 0; i < 8; ++i) add_timing(report, "w/sgd/32@0.1", 32, 1, i, {2e-6});
  const Summary row = analyse(report).summary.at(0);
  EXPECT_EQ(row.best_series, "w/sgd/32");
  EXPECT_THAT(row.tied, IsEmpty());
  EXPECT_THAT(row.others, ElementsAre(HasSubstr("linear: batch 64 × 1 thread"), HasSubstr("tuned for 0.1: batch 32")));
  EXPECT_NEAR(*row.tuning_core_seconds, 5, 1e-12);
}

TEST(Summary, TheCheapestInCoreSecondsNeedNotBeTheBest) {
  Report report = one_target();
  add_timed(report, 32, 100, {1}, 1e-5);
  for (int i = 0; i < 8; ++i) add_timing(report, "w/sgd/32", 32, 2, i, {0.97e-5 * (1 + 0.001 * i)});
  const Report analysed = analyse(report);
  const Summary& row = analysed.summary.at(0);
  EXPECT_EQ(row.best_threads, 2);
  EXPECT_EQ(row.cheapest_within_5_percent, "batch 32 × 1 thread");
  EXPECT_LT(*row.cheapest_core_seconds, 2 * *row.best_seconds);
}

TEST(Summary, TellsReachedButNotTimedFromNotReached) {
  Report report = one_target();
  add_series(report, 32, 100, {1});
  EXPECT_EQ(analyse(report).summary.at(0).status, "not_timed");
  EXPECT_THAT(analyse(report).summary.at(0).note, HasSubstr("timed"));
  Report never = one_target();
  add_series(never, 32, 1e6, {1}, 800);
  EXPECT_EQ(analyse(never).summary.at(0).status, "not_reached");
  EXPECT_EQ(analyse(one_target()).summary.at(0).status, "not_run");
}

TEST(Summary, MarksAnOptimumThatIsNotKnownWellEnough) {
  Report report = one_target();
  add_timed(report, 32, 100, {1}, 1e-5);
  report.workloads[0].optimum_gap = 1e-4;
  EXPECT_EQ(analyse(report).summary.at(0).status, "uncertified");
}

TEST(TimeToTarget, ADominatedCellIsNotPareto) {
  Report report = one_target();
  add_timed(report, 32, 100, {1}, 1e-5);    // fewest examples
  add_timed(report, 64, 90, {1}, 0.9e-5);   // fastest
  add_timed(report, 128, 95, {1}, 1.2e-5);  // slower and with more examples than batch 64
  const Report analysed = analyse(report);
  for (const TimeToTarget& row : analysed.time_to_target)
    EXPECT_EQ(row.pareto, row.series != "w/sgd/128") << row.series;
}

TEST(TimeToTarget, SaysWhatWasMeasuredFromEndToEndOfTheEngineThatTrained) {
  Report report = one_target();
  add_timed(report, 32, 100, {1}, 1e-5);
  add_timing(report, "w/sgd/32", 32, 1, 0, {3e-5});
  report.timings.back().engine = "eigen";
  Check check{"end_to_end", "w/sgd/32 threads:1", "ok", 1.04, {}, {}, ""};
  check.seconds = 0.0123;
  report.checks.push_back(check);
  for (const TimeToTarget& row : analyse(report).time_to_target) {
    const bool own = row.engine == "fused";
    EXPECT_EQ(row.end_to_end_seconds, own ? Real(0.0123) : Real());
    EXPECT_EQ(row.end_to_end_over_composed, own ? Real(1.04) : Real());
  }
}

}  // namespace
}  // namespace descent
