#include "analysis/times.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "analysis/make_report.hpp"
#include "descent/analysis/analyse.hpp"
#include "descent/analysis/timing_checks.hpp"

namespace descent::analysis {
namespace {

using testing::add_series;
using testing::add_timing;
using testing::empty_report;

/// A step takes 4 ms at the start, 2 ms where δ passes 0.1 (step 100), and 1 ms at the end (step 300). δ passes 0.01 at
/// step 200.
record::Report three_origins() {
  record::Report report = empty_report();
  testing::add_bare_series(report, 32);
  testing::add_run(report, "w/sgd/32", {0, 100, 101, 200, 201, 300}, {1, 0.1, 0.0999, 0.01, 0.00999, 0.005});
  add_timing(report, "w/sgd/32", 32, 1, 0, {4e-3, 2e-3, 1e-3, 4e-3, 2e-3, 1e-3});
  report.timings[0].timed_from = {record::TimedFrom::start, record::TimedFrom::middle, record::TimedFrom::end,
                                  record::TimedFrom::start, record::TimedFrom::middle, record::TimedFrom::end};
  return report;
}

record::TimeToTarget time_to(const record::Report& report, double target) {
  for (const record::TimeToTarget& row : report.time_to_target)
    if (row.target_value == target) return row;
  ADD_FAILURE() << target;
  return {};
}

// Between two places where a step was timed, its cost changes evenly. So the 100 steps to δ = 0.1 take 3 ms on average.
// The 100 steps from there to 0.01 begin at 2 ms and end, halfway to the end of the run, at 1.5 ms.
TEST(CellTimes, AreThoseOfTheStepsToEachTarget) {
  const record::Report report = analyse(three_origins());
  EXPECT_NEAR(*time_to(report, 0.1).seconds_per_step, 3e-3, 1e-12);
  EXPECT_NEAR(*time_to(report, 0.1).seconds, 0.3, 1e-9);
  EXPECT_NEAR(*time_to(report, 0.01).seconds, 0.3 + 0.175, 1e-9);
  // The row of a cell holds for the hardest target.
  EXPECT_NEAR(*report.throughput.at(0).seconds_per_step, 0.475 / 200, 1e-12);
}

// From a real run that was done at step 10,000. Its 100 steps to the target take 2 µs each, which is 200 µs. By the
// mean over the whole run they would take 150.5 µs.
TEST(CellTimes, OfALongRunDoNotMakeItsFirstTargetCheap) {
  record::Report report = empty_report();
  testing::set_targets(report, {0.1});
  testing::add_bare_series(report, 32);
  testing::add_run(report, "w/sgd/32", {0, 100, 101, 10000}, {1, 0.1, 0.09, 0.02});
  add_timing(report, "w/sgd/32", 32, 1, 0, {2e-6, 2e-6, 1e-6});
  report.timings[0].timed_from = {record::TimedFrom::start, record::TimedFrom::middle, record::TimedFrom::end};
  EXPECT_NEAR(*time_to(analyse(report), 0.1).seconds, 200e-6, 1e-12);
}

TEST(CellTimes, OfRunsThatFailedAreThoseOfTheStepsThatTheyTook) {
  record::Report report = three_origins();
  testing::set_targets(report, {0.01});
  testing::add_run(report, "w/sgd/32", {0, 100, 101, 300}, {1, 0.1, 0.0999, 0.02});
  // The first run takes 0.475 s. The second one takes 0.3 s for 100 steps, and then 200 steps that fall from 2 ms to 1
  // ms.
  EXPECT_NEAR(*time_to(analyse(report), 0.01).seconds, 0.475 + 0.3 + 0.3, 1e-9);
  EXPECT_NEAR(*time_to(analyse(report), 0.01).steps, 500, 1e-9);
}

TEST(CellTimes, OfAWholeRunCountItsStepsBeyondTheTarget) {
  record::Report report = three_origins();
  record::Trajectory& run = report.trajectories[0];
  run.steps = 400;  // it was done at step 300
  const auto step = step_seconds_of_run(report, run, report.cells[0]);
  EXPECT_NEAR(step->centre * 400, 0.3 + 0.3 + 0.1, 1e-9);
  record::Cell untimed = report.cells[0];
  untimed.id = "untimed";
  EXPECT_FALSE(step_seconds_of_run(report, run, untimed));
}

TEST(CellTimes, WithoutAMiddleChangeEvenlyFromStartToEnd) {
  record::Report report = three_origins();
  report.timings[0].timed_from = {record::TimedFrom::start, record::TimedFrom::start, record::TimedFrom::end,
                                  record::TimedFrom::start, record::TimedFrom::start, record::TimedFrom::end};
  // The samples at the start have the mean 3 ms. Of 300 steps, 200 are taken; the last of these takes 3 − 2 · 2/3 ms.
  EXPECT_NEAR(*time_to(analyse(report), 0.01).seconds_per_step, 1e-3 * (3 + (3 - 4 / 3.0)) / 2, 1e-12);
}

/// How times scatter between processes. In all cases samples drift within a process.
enum class Law {
  drifting,    // processes have log-normal levels, and drift
  two_speeds,  // in every process half of the samples are slower
  changing,    // one process in seven is slower by a tenth, by other memory
  modes,       // half of the processes are slower by a tenth
};

void add_processes(record::Report& report, int processes, Law law, std::uint64_t trial) {
  core::CounterRandom random(trial, core::Purpose::data);
  for (int invocation = 0; invocation < processes; ++invocation) {
    const double slow = law == Law::modes ? 1 / 2.0 : law == Law::changing ? 1 / 7.0 : 0;
    const double along = law == Law::drifting ? 0.02 * (static_cast<double>(invocation % 8) / 7 - 0.5) : 0;
    const double level = (random.next_unit() < slow ? 1.1 : 1) * (1 + along) * std::exp(0.05 * random.next_normal());
    std::vector<double> samples;
    for (int i = 0; i < 10; ++i)
      samples.push_back(1e-5 * level * (1 + 0.004 * i) * std::exp(0.03 * random.next_normal()) *
                        (law == Law::two_speeds && random.next_unit() < 0.5 ? 1.2 : 1));
    add_timing(report, "w/sgd/32", 32, 1, invocation, samples);
  }
}

double coverage(int processes, Law law, int trials, double truth) {
  int covered = 0;
  record::Report report = empty_report();
  record::Series series = record::series_of("w", "sgd", 32);
  series.id = "w/sgd/32";
  report.series.push_back(series);
  for (int trial = 0; trial < trials; ++trial) {
    report.timings.clear();
    add_processes(report, processes, law, static_cast<std::uint64_t>(trial));
    const auto interval = cell_times(report, series, report.cells[0]).interval(static_cast<std::uint64_t>(trial));
    covered += interval->low <= truth && truth <= interval->high;
  }
  return static_cast<double>(covered) / trials;
}

// The median over many processes, by simulation of the law.
double true_centre(Law law) {
  record::Report report = empty_report();
  add_processes(report, 40000, law, 123456);
  std::vector<double> means;
  for (const record::Timing& timing : report.timings) {
    double sum = 0;
    for (const double sample : timing.seconds_per_step) sum += sample;
    means.push_back(sum / 10);
  }
  std::nth_element(means.begin(), means.begin() + 20000, means.end());
  return means[20000];
}

// With 1,600 trials, a true coverage of 95 % shows as 93.9 to 96.1 % in 19 of 20 cases.
void expect_coverage(Law law, std::initializer_list<int> processes) {
  const double truth = true_centre(law);
  for (const int n : processes) {
    const double share = coverage(n, law, 1600, truth);
    EXPECT_TRUE(share >= 0.93 && share <= 0.97) << n << " processes: " << share;
  }
}

TEST(CellTimes, IntervalCoversDriftingProcesses) { expect_coverage(Law::drifting, {3, 5, 8}); }
TEST(CellTimes, IntervalCoversSamplesOfTwoSpeeds) { expect_coverage(Law::two_speeds, {3, 5, 8}); }
TEST(CellTimes, IntervalCoversModesThatChangeBetweenProcesses) { expect_coverage(Law::changing, {3, 5, 8}); }
// With two equally likely levels, three processes show only one of them in a quarter of the cases. So three are too few
// for any interval.
TEST(CellTimes, IntervalOfEnoughProcessesCoversTwoLevels) { expect_coverage(Law::modes, {5, 8}); }

TEST(Throughput, OfFewProcessesSaysSo) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {1}, 2000);
  add_processes(report, 3, Law::drifting, 1);
  const record::Throughput row = analyse(report).throughput.at(0);
  EXPECT_EQ(row.interval_kind, "t");
  EXPECT_EQ(row.invocations, 3);
  EXPECT_LT(*row.low, *row.high);
}

// The figure has to lie in the middle of its interval. For processes of 1, 1, 1 and 1.3 the median is 1, but the
// interval [0.88, 1.29] is around 1.07.
TEST(CellTimes, OfFewProcessesAreTheGeometricMeanWithStudentsT) {
  record::Report report = empty_report();
  add_series(report, 65536, 100, {1}, 2000, true);
  int process = 0;
  for (const double level : {1.0, 1.0, 1.0, 1.3}) add_timing(report, "w/gd", 65536, 1, process++, {level});
  const record::Report analysed = analyse(report);
  const record::Throughput& row = analysed.throughput.at(0);
  // One of four values is ln 1.3 and the others are 0: the mean is ln 1.3/4, the deviation ln 1.3/2. With three degrees
  // of freedom t is 3.1824.
  const double centre = std::pow(1.3, 0.25), factor = std::exp(3.18245 * std::log(1.3) / 4);
  EXPECT_NEAR(*row.seconds_per_step, centre, 1e-12);
  EXPECT_NEAR(*row.low, centre / factor, 1e-5);
  EXPECT_NEAR(*row.high, centre * factor, 1e-5);
  EXPECT_EQ(row.interval_kind, "t");
  // The steps of gradient descent are exact, so that the time to the target has the same interval.
  const record::TimeToTarget& time = analysed.time_to_target.at(0);
  EXPECT_NEAR(*time.high / *time.seconds, factor, 1e-5);
  EXPECT_EQ(time.interval_kind, "t");
  EXPECT_EQ(analysed.summary.at(0).interval_kind, "t");
}

TEST(CellTimes, OfOneProcessSaySo) {
  record::Report report = empty_report();
  add_series(report, 65536, 100, {1}, 2000, true);
  add_timing(report, "w/gd", 65536, 1, 0, {1.0, 1.1, 1.2});
  const record::Report analysed = analyse(report);
  EXPECT_EQ(analysed.throughput.at(0).interval_kind, "one_process");
  EXPECT_EQ(analysed.time_to_target.at(0).interval_kind, "one_process");
  EXPECT_EQ(analysed.summary.at(0).interval_kind, "one_process");
}

TEST(CellTimes, LeaveOutTheSecondNameOfACell) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {1}, 2000);
  for (int i = 0; i < 6; ++i)
    for (const record::Twin twin : {record::Twin::a, record::Twin::b}) {
      add_timing(report, "w/sgd/32", 32, 1, i, {1});
      report.timings.back().twin = twin;
      if (report.timings.back().twin == record::Twin::b) report.timings.back().seconds_per_step = {7};
    }
  const CellTimes times = cell_times(report, report.series[0], report.cells[0]);
  EXPECT_EQ(times.means, std::vector<double>(6, 1.0));
  EXPECT_EQ(times.invocations[4].id, 4);
}

record::Throughput judged(const std::vector<std::vector<double>>& invocations, int disturbed = 0) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {1}, 2000);
  for (std::size_t i = 0; i < invocations.size(); ++i) {
    add_timing(report, "w/sgd/32", 32, 1, static_cast<int>(i), invocations[i]);
    report.timings.back().suspect = static_cast<int>(i) < disturbed;
  }
  return analyse(report).throughput.at(0);
}

TEST(Throughput, SteadySamplesAreNotSuspect) {
  const record::Throughput row =
      judged({{1, 1.01}, {1.02, 1}, {0.99, 1}, {1, 0.98}, {1.01, 1}, {1, 1.01}, {1, 1}, {0.99, 1}}, 2);
  EXPECT_FALSE(row.suspect || row.bimodal || row.drift || row.outliers > 0);
  EXPECT_EQ(row.disturbed, 2);  // two of eight do not change the median much
}

TEST(Throughput, ADriftOverInvocationsIsSuspect) {
  const record::Throughput row = judged({{1}, {1.02}, {1.04}, {1.06}, {1.08}, {1.1}, {1.12}, {1.14}});
  ASSERT_TRUE(row.drift.has_value());
  EXPECT_NEAR(*row.drift, 0.14 / 1.07, 1e-9);
  EXPECT_TRUE(row.suspect && !row.bimodal);
}

TEST(Throughput, TwoSpeedsAreSuspect) {
  const record::Throughput row = judged({{1, 1.3}, {1, 1}, {1.3, 1}, {1, 1}, {1, 1.3}, {1, 1}, {1, 1.3}, {1, 1}});
  EXPECT_TRUE(row.bimodal && row.suspect);
  EXPECT_FALSE(row.drift.has_value());
}

TEST(Throughput, TwoPhasesOfDifferentCostAreNotTwoSpeeds) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {1}, 2000);
  for (int i = 0; i < 8; ++i) {
    add_timing(report, "w/sgd/32", 32, 1, i, {1 + 0.001 * i, 3 - 0.001 * i});
    report.timings.back().timed_from = {record::TimedFrom::start, record::TimedFrom::end};
  }
  EXPECT_FALSE(analyse(report).throughput.at(0).suspect);
}

TEST(Throughput, DisturbedInMoreThanAQuarterOfTheInvocationsIsSuspect) {
  EXPECT_TRUE(judged({{1}, {1}, {1}, {1}, {1}, {1}, {1}, {1}}, 3).suspect);
}

TEST(Throughput, CountsOutliers) {
  const record::Throughput row = judged({{1, 1}, {1.01, 1}, {1, 2.5}, {1, 1}, {0.99, 1}, {1, 1}});
  EXPECT_EQ(row.outliers, 1);
  EXPECT_FALSE(row.suspect);  // one outlier does not change the median much
}

}  // namespace
}  // namespace descent::analysis
