#include "analysis/times.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "analysis/make_report.hpp"
#include "descent/analysis/analyse.hpp"

namespace descent {
namespace {

using testing::add_series;
using testing::add_timing;
using testing::empty_report;

TEST(CellTimes, WeighPhasesByTheShareOfStepsNearThem) {
  Report report = empty_report();
  add_series(report, 32, 100, {1}, 2000);
  add_timing(report, "w/sgd/32", 32, 1, 0, {4, 2, 1, 4, 2, 1});
  report.timings[0].phase = {"start", "middle", "end", "start", "middle", "end"};
  const double share =
      100 * std::log2(10) / static_cast<double>(report.trajectories[0].steps);  // of the steps, to the first target
  const CellTimes times = cell_times(report, report.series[0], "fused", 1);
  EXPECT_NEAR(*times.centre(), 4 * share / 2 + 2 * 0.5 + 1 * (1 - share) / 2, 0.01);
  report.timings[0].phase = {"start", "start", "end", "start", "start", "end"};
  EXPECT_NEAR(*cell_times(report, report.series[0], "fused", 1).centre(), (3 + 1) / 2.0, 1e-12);
}

/// Processes of one cell: each has a level of its own (bimodal where `modes`, log-normal else) and a drift through its
/// samples.
void add_processes(Report& report, int processes, bool modes, std::uint64_t trial) {
  CounterRandom random(trial, Purpose::data);
  for (int invocation = 0; invocation < processes; ++invocation) {
    const double level = modes ? (random.next_unit() < 0.5 ? 1 : 1.1) * std::exp(0.02 * random.next_normal())
                               : std::exp(0.05 * random.next_normal());
    std::vector<double> samples;
    for (int i = 0; i < 10; ++i)
      samples.push_back(1e-5 * level * (1 + 0.004 * i) * std::exp(0.03 * random.next_normal()));
    add_timing(report, "w/sgd/32", 32, 1, invocation, samples);
  }
}

double coverage(int processes, bool modes, int trials, double truth) {
  int covered = 0;
  for (int trial = 0; trial < trials; ++trial) {
    Report report = empty_report();
    Series series;
    series.id = "w/sgd/32", series.workload = "w", series.optimizer = "sgd", series.batch = 32;
    report.series.push_back(series);
    add_processes(report, processes, modes, static_cast<std::uint64_t>(trial));
    const Throughput row = analyse(report).throughput.at(0);
    covered += *row.low <= truth && truth <= *row.high;
  }
  return static_cast<double>(covered) / trials;
}

// Median over many processes, by simulation of the law above.
double true_centre(bool modes) {
  Report report = empty_report();
  add_processes(report, 40000, modes, 123456);
  std::vector<double> means;
  for (const Timing& timing : report.timings) {
    double sum = 0;
    for (const double sample : timing.seconds_per_step) sum += sample;
    means.push_back(sum / 10);
  }
  std::nth_element(means.begin(), means.begin() + 20000, means.end());
  return means[20000];
}

// 1,600 trials: a true coverage of 95 % is seen as 93.9 to 96.1 % in all but one of twenty.
TEST(Throughput, IntervalCoversDriftingProcesses) {
  const double share = coverage(8, false, 1600, true_centre(false));
  EXPECT_TRUE(share >= 0.93 && share <= 0.97) << share;
}

TEST(Throughput, IntervalCoversBimodalProcesses) {
  const double share = coverage(8, true, 1600, true_centre(true));
  EXPECT_TRUE(share >= 0.93 && share <= 0.97) << share;
}

TEST(Throughput, OfFewProcessesSaysSo) {
  Report report = empty_report();
  add_series(report, 32, 100, {1}, 2000);
  add_processes(report, 3, false, 1);
  const Throughput row = analyse(report).throughput.at(0);
  EXPECT_EQ(row.interval_kind, "within_process");
  EXPECT_LT(*row.low, *row.high);
}

Throughput judged(const std::vector<std::vector<double>>& invocations, int disturbed = 0) {
  Report report = empty_report();
  add_series(report, 32, 100, {1}, 2000);
  for (std::size_t i = 0; i < invocations.size(); ++i) {
    add_timing(report, "w/sgd/32", 32, 1, static_cast<int>(i), invocations[i]);
    report.timings.back().suspect = static_cast<int>(i) < disturbed;
  }
  return analyse(report).throughput.at(0);
}

TEST(Throughput, SteadySamplesAreNotSuspect) {
  const Throughput row =
      judged({{1, 1.01}, {1.02, 1}, {0.99, 1}, {1, 0.98}, {1.01, 1}, {1, 1.01}, {1, 1}, {0.99, 1}}, 2);
  EXPECT_FALSE(row.suspect || row.bimodal || row.drift || row.outliers > 0);
  EXPECT_EQ(row.disturbed, 2);  // a quarter of eight: the median does not mind
}

TEST(Throughput, ADriftOverInvocationsIsSuspect) {
  const Throughput row = judged({{1}, {1.02}, {1.04}, {1.06}, {1.08}, {1.1}, {1.12}, {1.14}});
  ASSERT_TRUE(row.drift.has_value());
  EXPECT_NEAR(*row.drift, 0.14 / 1.07, 1e-9);
  EXPECT_TRUE(row.suspect && !row.bimodal);
}

TEST(Throughput, TwoSpeedsAreSuspect) {
  const Throughput row = judged({{1, 1.3}, {1, 1}, {1.3, 1}, {1, 1}, {1, 1.3}, {1, 1}, {1, 1.3}, {1, 1}});
  EXPECT_TRUE(row.bimodal && row.suspect);
  EXPECT_FALSE(row.drift.has_value());
}

TEST(Throughput, TwoPhasesOfDifferentCostAreNotTwoSpeeds) {
  Report report = empty_report();
  add_series(report, 32, 100, {1}, 2000);
  for (int i = 0; i < 8; ++i) {
    add_timing(report, "w/sgd/32", 32, 1, i, {1 + 0.001 * i, 3 - 0.001 * i});
    report.timings.back().phase = {"start", "end"};
  }
  EXPECT_FALSE(analyse(report).throughput.at(0).suspect);
}

TEST(Throughput, DisturbedInMoreThanAQuarterOfTheInvocationsIsSuspect) {
  EXPECT_TRUE(judged({{1}, {1}, {1}, {1}, {1}, {1}, {1}, {1}}, 3).suspect);
}

TEST(Throughput, CountsOutliers) {
  const Throughput row = judged({{1, 1}, {1.01, 1}, {1, 2.5}, {1, 1}, {0.99, 1}, {1, 1}});
  EXPECT_EQ(row.outliers, 1);
  EXPECT_FALSE(row.suspect);  // the median does not mind
}

}  // namespace
}  // namespace descent
