#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "analysis/make_report.hpp"
#include "descent/analysis/analyse.hpp"

namespace descent::analysis {
namespace {

using testing::add_series;
using testing::add_timing;
using ::testing::ElementsAre;
using testing::empty_report;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

record::Report one_target() {
  record::Report report = empty_report();
  testing::set_targets(report, {0.01});
  return report;
}

std::string add_timed(record::Report& report, std::int64_t batch, double half, const std::vector<double>& speeds,
                      double seconds, std::int64_t budget = 100000) {
  add_series(report, batch, half, speeds, budget);
  const std::string id = report.series.back().id;
  for (int i = 0; i < 8; ++i) add_timing(report, id, batch, 1, i, {seconds * (1 + 0.01 * (i % 3))});
  return id;
}

// Each of a dozen cells has one success in three runs, so that hardly any replicate has a success of all cells.
TEST(Summary, ACellWithoutASuccessInAReplicateIsSlowThereAndLeavesTheOthersAlone) {
  record::Report report = one_target();
  add_timed(report, 4, 100, {1, 1.01, 0.99}, 1e-5);
  add_timed(report, 8, 100, {1, 1.01, 0.99}, 1e-4);  // ten times as long
  for (int cell = 0; cell < 12; ++cell) add_timed(report, 16 << cell, 100, {1, 0.01, 0.01}, 1e-5, 800);
  const record::Report analysed = analyse(report);
  const record::Summary& row = analysed.summary.at(0);
  EXPECT_EQ(row.best_series, "w/sgd/4");
  EXPECT_THAT(testing::names_of(analysed, row.tied), ::testing::Not(::testing::Contains("batch 8 × 1 thread")));
}

/// What a process does to the times, it does to both cells. The second cell is 3 % slower in every process, and was
/// measured again in processes of its own.
TEST(Summary, ComparesCellsByTheProcessesThatTheyShare) {
  record::Report report = one_target();
  for (const std::int64_t batch : {32, 64}) {
    add_series(report, batch, 100, {1, 1});
    for (int i = 0; i < 8; ++i)
      add_timing(report, report.series.back().id, batch, 1, i,
                 {1e-5 * (1 + 0.2 * ((i * 5) % 8) / 8.0) * (batch == 64 ? 1.03 : 1)});
  }
  EXPECT_THAT(analyse(report).summary.at(0).tied, IsEmpty());
  std::vector<record::Timing> again;
  for (int i = 8; i < 11; ++i) add_timing(report, "w/sgd/64", 64, 1, i, {1e-5 * (1.07 + 0.05 * i / 11)});
  // The timings of the second measurement come before the others of their cell.
  std::rotate(report.timings.begin() + 8, report.timings.end() - 3, report.timings.end());
  EXPECT_THAT(analyse(report).summary.at(0).tied, IsEmpty()) << "cells have to be compared by the ids of processes";
}

TEST(Summary, DoesNotRankWhatTimingsAreSuspectFor) {
  record::Report report = one_target();
  add_timed(report, 32, 100, {1, 1}, 1e-5);
  EXPECT_EQ(analyse(report).summary.at(0).status, "ok");
  for (int i = 0; i < 4; ++i) report.timings[static_cast<std::size_t>(i)].suspect = true;
  const record::Summary row = analyse(report).summary.at(0);
  EXPECT_EQ(row.status, "suspect");
  EXPECT_THAT(row.note, HasSubstr("suspect"));
}

TEST(Summary, SaysByHowMuchCompositionIsOff) {
  record::Report report = one_target();
  add_timed(report, 32, 100, {1, 1}, 1e-5);
  report.checks.push_back({record::CheckKind::composition,
                           "measured over composed",
                           record::Verdict::suspect,
                           1.25,
                           {},
                           {},
                           "20 % too low"});
  EXPECT_THAT(analyse(report).summary.at(0).note, HasSubstr("20 % too low"));
}

TEST(Summary, LetsOnlyTunedRatesCompeteAndNamesTheOthersBeside) {
  record::Report report = one_target();
  add_timed(report, 32, 100, {1, 1}, 1e-5);
  record::Tuning trial;
  trial.series = "w/sgd/32", trial.seconds = 2.5;
  report.tunings = {trial, trial};
  const std::string linear = add_timed(report, 64, 100, {1, 1}, 1e-6);
  report.series.back().lr_rule = record::RateRule::linear, report.series.back().tuned_for = {};
  // The same batch size with a rate for another target. Its cell is that of the best series.
  add_series(report, 32, 100, {1});
  report.series.back().id += "@0.1", report.series.back().tuned_for = 0.1;
  report.trajectories.back().series = report.series.back().id;
  const record::Summary row = analyse(report).summary.at(0);
  EXPECT_EQ(row.best_series, "w/sgd/32");
  EXPECT_THAT(row.tied, IsEmpty());
  EXPECT_THAT(row.others, ElementsAre(HasSubstr("linear: batch 64 × 1 thread"), HasSubstr("tuned for 0.1: batch 32")));
  EXPECT_THAT(row.others[0], ::testing::ContainsRegex(", [0-9.]+ (µs|ms|s)$"));
  EXPECT_NEAR(*row.tuning_core_seconds, 5, 1e-12);
}

TEST(Summary, TheCheapestInCoreSecondsNeedNotBeTheBest) {
  record::Report report = one_target();
  add_timed(report, 32, 100, {1, 1}, 1e-5);
  for (int i = 0; i < 8; ++i) add_timing(report, "w/sgd/32", 32, 2, i, {0.97e-5 * (1 + 0.001 * i)});
  const record::Report analysed = analyse(report);
  const record::Summary& row = analysed.summary.at(0);
  EXPECT_EQ(find_cell(analysed, row.best_cell)->threads, 2);
  EXPECT_EQ(cell_name(analysed, *find_cell(analysed, row.cheapest_cell)), "batch 32 × 1 thread");
  EXPECT_LT(*row.cheapest_core_seconds, 2 * *row.best_seconds);
}

TEST(Summary, TellsReachedButNotTimedFromNotReached) {
  record::Report report = one_target();
  add_series(report, 32, 100, {1});
  EXPECT_EQ(analyse(report).summary.at(0).status, "not_timed");
  EXPECT_THAT(analyse(report).summary.at(0).note, HasSubstr("timed"));
  record::Report never = one_target();
  add_series(never, 32, 1e6, {1}, 800);
  EXPECT_EQ(analyse(never).summary.at(0).status, "not_reached");
  EXPECT_EQ(analyse(one_target()).summary.at(0).status, "not_run");
}

TEST(Summary, MarksAnOptimumThatIsNotKnownWellEnough) {
  record::Report report = one_target();
  add_timed(report, 32, 100, {1, 1}, 1e-5);
  report.workloads[0].optimum_gap = 1e-4;
  EXPECT_EQ(analyse(report).summary.at(0).status, "uncertified");
}

TEST(Summary, KeepsBothThatTheOptimumIsNotKnownAndThatTimingsAreSuspect) {
  record::Report report = one_target();
  add_timed(report, 32, 100, {1, 1}, 1e-5);
  report.workloads[0].optimum_gap = 1e-4;
  for (std::size_t i = 0; i < 4; ++i) report.timings[i].suspect = true;
  const record::Summary row = analyse(report).summary.at(0);
  EXPECT_EQ(row.status, "suspect");
  EXPECT_TRUE(row.suspect);
  EXPECT_TRUE(row.uncertified);
  EXPECT_THAT(row.note, HasSubstr("not known well enough"));
}

// There is one seed. Another seed might need twice as many steps, and nothing in the report would show it.
TEST(Summary, ComparesNoSeriesOfOneSeedWithOthers) {
  record::Report report = one_target();
  add_timed(report, 32, 100, {1}, 1e-5);
  add_timed(report, 64, 100, {1, 1}, 1e-4);
  add_timed(report, 128, 100, {1, 1}, 1e-4);
  const record::Report analysed = analyse(report);
  for (const record::TimeToTarget& row : analysed.time_to_target) {
    const bool one = row.series == "w/sgd/32";
    EXPECT_EQ(row.interval_status, one ? "one_seed" : "ok");
    EXPECT_TRUE(row.seconds);
    EXPECT_EQ(row.low.has_value(), !one);
    EXPECT_EQ(row.high.has_value(), !one);
  }
  EXPECT_EQ(analysed.convergence.at(0).mean_status, "one_seed");
  const record::Summary& best = analysed.summary.at(0);
  EXPECT_EQ(best.best_series, "w/sgd/32");
  EXPECT_EQ(best.interval_status, "one_seed");
  EXPECT_THAT(best.tied, IsEmpty());
  EXPECT_THAT(testing::names_of(analysed, best.untold), ElementsAre("batch 64 × 1 thread", "batch 128 × 1 thread"));

  record::Report slower = one_target();
  add_timed(slower, 32, 100, {1}, 1e-5);
  add_timed(slower, 64, 100, {1, 1}, 1e-6);
  add_timed(slower, 128, 100, {1, 1}, 1e-5);
  const record::Report other = analyse(slower);
  const record::Summary& row = other.summary.at(0);
  EXPECT_EQ(row.best_series, "w/sgd/64");
  EXPECT_EQ(row.interval_status, "ok");
  EXPECT_THAT(testing::names_of(other, row.untold), ElementsAre("batch 32 × 1 thread")) << "batch 128 is slower";
  EXPECT_THAT(row.tied, IsEmpty());
}

TEST(Summary, GradientDescentNeedsNoSeeds) {
  record::Report report = one_target();
  add_series(report, 65536, 100, {1}, 3000, true);
  for (int i = 0; i < 8; ++i) add_timing(report, "w/gd", 65536, 1, i, {1e-5 * (1 + 0.01 * (i % 3))});
  add_timed(report, 64, 100, {1, 1}, 1e-4);
  const record::Report analysed = analyse(report);
  EXPECT_EQ(analysed.summary.at(0).best_series, "w/gd");
  EXPECT_EQ(analysed.summary.at(0).interval_status, "ok");
  EXPECT_TRUE(analysed.summary.at(0).low && analysed.summary.at(0).high);
  EXPECT_THAT(analysed.summary.at(0).untold, IsEmpty());
}

TEST(Summary, WithoutAMinimiserHasNoTarget) {
  record::Report report = one_target();
  report.workloads[0].optimum_kind = record::word("none");
  report.workloads[0].optimum_value.reset(), report.workloads[0].optimum_gap.reset();
  report.targets.push_back({record::TargetKind::accuracy, 0.005});
  report.workloads[0].optimum_validation_accuracy = 0.9;  // at the weights where the solver noticed this
  add_timed(report, 32, 100, {1, 1}, 1e-5, 800);
  for (record::Trajectory& run : report.trajectories)
    for (record::Real& accuracy : run.curve.validation_accuracy) accuracy = 0.95;
  const record::Report analysed = analyse(report);
  ASSERT_EQ(analysed.convergence.size(), 2U);
  for (const record::Convergence& row : analysed.convergence) {
    EXPECT_EQ(row.status, "no_optimum") << row.target_kind;
    EXPECT_EQ(row.runs, 2);
    EXPECT_EQ(row.reached, 0);
    EXPECT_FALSE(row.ert_steps || row.ert_at_least || row.median_steps || row.restricted_mean_steps || row.curve_steps);
  }
  for (const record::TimeToTarget& row : analysed.time_to_target) {
    EXPECT_EQ(row.status, "no_optimum");
    EXPECT_FALSE(row.steps || row.seconds || row.low);
  }
  for (const record::Summary& row : analysed.summary) {
    EXPECT_EQ(row.status, "no_optimum");
    EXPECT_EQ(row.note, "The loss has no minimum, so that there is no target.");
  }
  EXPECT_THAT(analysed.returns, IsEmpty());
  EXPECT_EQ(analysed.curve_noise.at(0).seed_sd_status, "no_optimum");
}

TEST(TimeToTarget, ADominatedCellIsNotPareto) {
  record::Report report = one_target();
  add_timed(report, 32, 100, {1, 1}, 1e-5);    // the fewest examples
  add_timed(report, 64, 90, {1, 1}, 0.9e-5);   // the fastest
  add_timed(report, 128, 95, {1, 1}, 1.2e-5);  // slower than batch 64, and with more examples
  const record::Report analysed = analyse(report);
  for (const record::TimeToTarget& row : analysed.time_to_target)
    EXPECT_EQ(row.pareto, row.series != "w/sgd/128") << row.series;
}

TEST(TimeToTarget, SaysWhatWasMeasuredFromEndToEndOfTheEngineThatTrained) {
  record::Report report = one_target();
  add_timed(report, 32, 100, {1, 1}, 1e-5);
  add_timing(report, "w/sgd/32", 32, 1, 0, {3e-5}, "eigen");
  record::Check check{record::CheckKind::end_to_end, "w/sgd/32 threads:1", record::Verdict::ok, 1.04, {}, {}, ""};
  check.seconds = 0.0123;
  report.checks.push_back(check);
  const record::Report analysed = analyse(report);
  for (const record::TimeToTarget& row : analysed.time_to_target) {
    const bool own = find_cell(analysed, row.cell)->engine == "fused";
    EXPECT_EQ(row.end_to_end_seconds, own ? record::Real(0.0123) : record::Real());
    EXPECT_EQ(row.end_to_end_over_composed, own ? record::Real(1.04) : record::Real());
  }
}

}  // namespace
}  // namespace descent::analysis
