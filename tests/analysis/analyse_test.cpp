#include "descent/analysis/analyse.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "analysis/make_report.hpp"

namespace descent::analysis {
namespace {

using testing::add_series;
using testing::add_timing;
using testing::empty_report;

const record::Convergence& row_of(const record::Report& report, const std::string& series, double target) {
  return *std::find_if(report.convergence.begin(), report.convergence.end(), [&](const record::Convergence& row) {
    return row.series == series && row.target_value == target;
  });
}

TEST(Convergence, OfRunsThatAllReached) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {0.8, 1, 1.25});
  const record::Report analysed = analyse(report);
  const record::Convergence& row = row_of(analysed, "w/sgd/32", 0.01);
  EXPECT_EQ(row.runs, 3);
  EXPECT_EQ(row.reached, 3);
  const double at = 100 * std::log2(100);
  EXPECT_NEAR(*row.median_steps, at, 0.01 * at);
  EXPECT_NEAR(*row.ert_steps, at * (1.25 + 1 + 0.8) / 3, 0.01 * at);
  EXPECT_EQ(row.interval_kind, "few_seeds");
  EXPECT_TRUE(row.few_seeds);
  EXPECT_LT(*row.mean_low, *row.ert_steps);
  EXPECT_GT(*row.mean_high, *row.ert_steps);
  EXPECT_FALSE(row.uncertified);
  EXPECT_NEAR(*row.examples, 32 * *row.ert_steps, 1e-6);
  EXPECT_NEAR(*row.epochs, *row.examples / 65536, 1e-9);
}

TEST(Convergence, CountsCensoredRunsAndNeverSaysInfinity) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {1, 0.01}, 1200);
  add_series(report, 64, 1e6, {1, 1}, 1200);
  const record::Report analysed = analyse(report);
  const record::Convergence& half = row_of(analysed, "w/sgd/32", 0.01);
  EXPECT_EQ(half.reached, 1);
  const double at = 100 * std::log2(100), budget = static_cast<double>(report.trajectories[1].steps);
  EXPECT_NEAR(*half.ert_steps, at + budget, 10) << "all steps taken, over the one run that reached the target";
  EXPECT_EQ(half.mean_status, "open") << "a quarter of the resamples of two runs has no success";
  EXPECT_TRUE(half.mean_low);
  EXPECT_FALSE(half.mean_high);
  EXPECT_EQ(half.interval_kind, "bootstrap");
  EXPECT_TRUE(half.few_seeds) << "two seeds";
  EXPECT_FALSE(half.ert_at_least);
  const record::Convergence& none = row_of(analysed, "w/sgd/64", 0.01);
  EXPECT_EQ(none.reached, 0);
  EXPECT_FALSE(none.ert_steps);
  EXPECT_FALSE(none.median_steps);
  EXPECT_EQ(none.status, "censored");
  EXPECT_EQ(none.curve_status, "not_reached");
  EXPECT_GT(*none.restricted_mean_steps, 0);
  EXPECT_EQ(none.ert_at_least, 2 * budget) << "the sum of all steps taken";
}

// A run goes on until its loss has been below the target for √2 times the steps to it. The mean of 2^(−step/80),
// 2^(−step/100) and 2^(−step/125) passes 0.01 at step 704.0 (source: by bisection).
TEST(Convergence, OfTheMeanCurveGoesPastTheFirstRunThatStopped) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {0.8, 1, 1.25}, 2000);
  const double whole = *row_of(analyse(report), "w/sgd/32", 0.01).curve_steps;
  EXPECT_NEAR(whole, 704.0, 2);
  for (record::Trajectory& run : report.trajectories) {
    std::size_t under = 0;
    while (!(*run.curve.loss[under] <= 1.01)) ++under;
    std::size_t end = under;
    while (static_cast<double>(run.curve.step[end]) < std::sqrt(2.0) * static_cast<double>(run.curve.step[under]))
      ++end;
    run.curve.step.resize(end + 1), run.curve.loss.resize(end + 1);
    run.steps = run.curve.step.back(), run.stop = record::word("target");
  }
  const record::Convergence row = row_of(analyse(report), "w/sgd/32", 0.01);
  ASSERT_TRUE(row.curve_steps);
  EXPECT_NEAR(*row.curve_steps, whole, 0.02 * whole);
}

// If runs end as soon as they are below the target, the mean curve beyond the first end is extrapolated. Here one run
// is cut off so that this is the case at 0.01, but not at 0.1.
TEST(Convergence, SaysWhereTheMeanCurveIsExtrapolated) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {0.8, 1, 1.25}, 2000);
  EXPECT_EQ(row_of(analyse(report), "w/sgd/32", 0.01).curve_status, "ok");
  record::Curve& first = report.trajectories.front().curve;
  while (first.step[first.step.size() - 1] > 705) first.step.pop_back(), first.loss.pop_back();
  report.trajectories.front().steps = first.step.back();
  EXPECT_EQ(row_of(analyse(report), "w/sgd/32", 0.01).curve_status, "extrapolated");
  EXPECT_EQ(row_of(analyse(report), "w/sgd/32", 0.1).curve_status, "ok") << "all runs go on beyond this target";
}

TEST(Convergence, ChargesADivergedRunTheWholeBudget) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {1, 1}, 2000);
  report.series[0].budget_steps = 4096;
  report.trajectories[1].status = record::word("diverged"), report.trajectories[1].steps = 3;
  report.trajectories[1].curve = {};
  const record::Convergence row = row_of(analyse(report), "w/sgd/32", 0.01);
  EXPECT_EQ(row.diverged, 1);
  EXPECT_NEAR(*row.ert_steps, 100 * std::log2(100) + 4096, 5);
}

TEST(Convergence, SaysNothingOfATargetThatRunsStoppedShortOf) {
  record::Report report = empty_report();
  report.workloads[0].optimum_validation_accuracy = 0.9;
  report.targets.push_back({record::TargetKind::accuracy, 0.005});
  add_series(report, 32, 100, {1, 1});
  for (record::Trajectory& run : report.trajectories) {
    run.stop = record::word("target");
    for (record::Real& accuracy : run.curve.validation_accuracy) accuracy = 0.5;
  }
  const record::Report analysed = analyse(report);
  const auto row = std::find_if(analysed.convergence.begin(), analysed.convergence.end(),
                                [](const record::Convergence& c) { return c.target_kind == "accuracy"; });
  ASSERT_NE(row, analysed.convergence.end());
  EXPECT_EQ(row->runs, 2);
  EXPECT_EQ(row->reached, 0);
  EXPECT_FALSE(row->ert_steps);
  EXPECT_FALSE(row->restricted_mean_steps);
  EXPECT_EQ(row->status, "stopped_before");
}

TEST(Convergence, MarksATargetThatTheOptimumsGapDoesNotCover) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {1});
  report.workloads[0].optimum_gap = 2e-5;
  const record::Report analysed = analyse(report);
  EXPECT_TRUE(row_of(analysed, "w/sgd/32", 0.01).uncertified);
  EXPECT_FALSE(row_of(analysed, "w/sgd/32", 0.1).uncertified);
}

TEST(Convergence, OfGradientDescentIsDeterministicWithBoundAndTail) {
  record::Report report = empty_report();
  add_series(report, 65536, 100, {1}, 3000, true);
  report.series.back().chosen_lr = 2;  // 1/L
  const record::Report analysed = analyse(report);
  const record::Convergence& row = row_of(analysed, "w/gd", 0.01);
  EXPECT_TRUE(row.deterministic);
  EXPECT_EQ(row.interval_kind, "deterministic");
  EXPECT_NEAR(row.theory_rate.value_or(0), 1 - 1e-4 / 0.5, 1e-12);
  EXPECT_EQ(row.theory_kind, "l2_bound");
  EXPECT_NEAR(*row.tail_ratio, std::exp2(-0.01), 1e-4);
}

TEST(Throughput, IsTheMedianOverInvocationsOfTheirMeansUnderTheRoofThatBinds) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {1});
  int process = 0;
  for (const double level : {1, 2, 3, 3, 3, 4, 5})
    add_timing(report, "w/sgd/32", 32, 1, process++, {1e-5 * level, 3e-5 * level});
  for (int i = 0; i < 5; ++i) add_timing(report, "w/sgd/32", 32, 2, i, {3e-5, 3e-5});
  const record::Report analysed = analyse(report);
  ASSERT_EQ(analysed.throughput.size(), 2U);
  const record::Throughput& one = analysed.throughput[0];
  EXPECT_NEAR(*one.seconds_per_step, 6e-5, 1e-12);
  EXPECT_EQ(one.interval_kind, "order");
  EXPECT_LE(*one.low, 6e-5);
  EXPECT_GE(*one.high, 6e-5);
  EXPECT_EQ(one.roof, "fma");
  EXPECT_NEAR(*one.fraction_of_roof, 1e6 / 100e9 / 6e-5, 1e-9);
  EXPECT_NEAR(*one.fraction_of_arithmetic, 1e6 / 100e9 / 6e-5, 1e-9);
  EXPECT_NEAR(*one.examples_per_s, 32 / 6e-5, 1);
  EXPECT_NEAR(*analysed.throughput[1].speed_up, 2, 1e-9);
  EXPECT_NEAR(*analysed.throughput[1].efficiency, 1, 1e-9);
}

TEST(TimeToTarget, IsStepsTimesSecondsWithAnIntervalThatCarriesBoth) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {0.8, 1, 1.25});
  for (int i = 0; i < 6; ++i) add_timing(report, "w/sgd/32", 32, 1, i, {1e-5 * (1 + 0.02 * i)});
  const record::Report analysed = analyse(report);
  const record::TimeToTarget& row = analysed.time_to_target.back();
  EXPECT_EQ(row.status, "ok");
  EXPECT_NEAR(*row.seconds, *row.steps * *row.seconds_per_step, 1e-12);
  EXPECT_LT(*row.low, *row.seconds);
  EXPECT_GT(*row.high, *row.seconds);
  EXPECT_TRUE(row.pareto);
  EXPECT_EQ(row.steps_from, "fused");
}

TEST(Returns, FindTheCriticalBatchOfAnExactCurve) {
  record::Report report = empty_report();
  for (std::int64_t batch = 16; batch <= 16384; batch *= 2)
    add_series(report, batch, 50 * (1 + 1000.0 / static_cast<double>(batch)), {0.99, 1, 1.01}, 1000000);
  const record::Report analysed = analyse(report);
  const auto returns = std::find_if(analysed.returns.begin(), analysed.returns.end(),
                                    [](const record::Returns& row) { return row.target_value == 0.01; });
  ASSERT_NE(returns, analysed.returns.end());
  EXPECT_NEAR(*returns->b_crit, 1000, 50);
  EXPECT_LT(*returns->b_crit_low, 1000);
  EXPECT_GT(*returns->b_crit_high, 1000);
  EXPECT_NEAR(*returns->half_efficiency_batch, 1000 / std::sqrt(2.0), 60);
  for (const record::Doubling& doubling : analysed.doublings) {
    if (doubling.target_value != 0.01) continue;
    if (doubling.batch == 32) {
      EXPECT_NEAR(*doubling.step_gain, 1.93985, 0.03);
      EXPECT_EQ(doubling.regime, "perfect");
      EXPECT_NEAR(*doubling.noise_gain_relative, 1 - std::sqrt(0.5), 1e-3);
    }
    if (doubling.batch == 8192) {
      EXPECT_NEAR(*doubling.step_gain, 1.05752, 0.03);
      EXPECT_EQ(doubling.regime, "maximal");
    }
  }
}

TEST(Summary, NamesTheBestCellAndThoseTiedWithIt) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {0.9, 1, 1.1});
  add_series(report, 64, 100, {0.9, 1, 1.1});
  add_series(report, 128, 1000, {0.9, 1, 1.1});
  for (int i = 0; i < 6; ++i)
    for (const std::int64_t batch : {32, 64, 128}) {
      const std::string id = "w/sgd/" + std::to_string(batch);
      add_timing(report, id, batch, 1, i, {(batch == 64 ? 1.01e-5 : 1e-5) * (1 + 0.01 * i)});
    }
  const record::Report analysed = analyse(report);
  const auto row = std::find_if(analysed.summary.begin(), analysed.summary.end(),
                                [](const record::Summary& s) { return s.target_value == 0.01; });
  ASSERT_NE(row, analysed.summary.end());
  EXPECT_EQ(row->best_series, "w/sgd/32");
  EXPECT_EQ(testing::names_of(analysed, row->tied), std::vector<std::string>{"batch 64 × 1 thread"})
      << "not the one that is ten times slower";
  EXPECT_EQ(cell_name(analysed, *find_cell(analysed, row->cheapest_cell)), "batch 32 × 1 thread");
}

TEST(Analyse, TakesReportsThatLackAlmostEverything) {
  EXPECT_NO_THROW(analyse(record::Report{}));
  record::Report report = empty_report();
  report.workloads[0].optimum_value.reset();
  report.workloads[0].optimum_kind = record::word("none");
  add_series(report, 32, 100, {1, 1});
  report.trajectories[0].status = record::word("diverged");
  report.trajectories[1].status = record::word("not_run");
  report.trajectories[1].curve = {};
  add_timing(report, "w/sgd/32", 32, 1, 0, {});
  const record::Report analysed = analyse(report);
  EXPECT_EQ(row_of(analysed, "w/sgd/32", 0.01).diverged, 1);
  EXPECT_TRUE(analysed.throughput.empty());
  EXPECT_EQ(analysed.summary.front().status, "no_optimum");
}

TEST(Benchmarks, AreNamedAndCountedAsGoogleBenchmarkDoes) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {1});
  for (int i = 0; i < 3; ++i) add_timing(report, "w/sgd/32", 32, 2, i, {2e-5});
  const record::Report analysed = analyse(report);
  ASSERT_EQ(analysed.benchmarks.size(), 6U) << "three repetitions, and their mean, median and stddev";
  EXPECT_EQ(analysed.benchmarks[0].name, "train_step/logistic/sgd/batch:32/threads:2/engine:fused/real_time");
  EXPECT_NEAR(analysed.benchmarks[0].real_time, 20000, 1e-6);
  EXPECT_EQ(analysed.benchmarks[0].time_unit, "ns");
  EXPECT_EQ(analysed.benchmarks[3].run_type, "aggregate");
}

}  // namespace
}  // namespace descent::analysis
