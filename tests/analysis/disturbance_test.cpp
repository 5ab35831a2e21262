#include "analysis/disturbance.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/make_report.hpp"
#include "descent/analysis/analyse.hpp"
#include "descent/analysis/timing_checks.hpp"

namespace descent::analysis {
namespace {

using testing::add_series;
using testing::add_timing;
using testing::empty_report;

constexpr int kSamples = 20;

/// One series, timed in eight processes. All sentinels take 1 ms, in turn 1 % more and 1 % less.
record::Report quiet_report() {
  record::Report report = empty_report();
  report.context.num_cpus = 2;
  add_series(report, 32, 100, {1}, 2000);
  for (int i = 1; i <= 8; ++i) {
    record::Invocation invocation;
    invocation.id = i, invocation.seconds = 5, invocation.rounds = 2, invocation.precision = 0.02;
    invocation.mhz_before = 3000, invocation.mhz_after = 3001;
    report.invocations.push_back(invocation);
    for (int turn = 0; turn < kSamples; ++turn) {
      const double ms = 1e-3 * (turn % 2 == 0 ? 0.99 : 1.01);
      report.sentinels.push_back({i, 0, turn, ms, ms, ms});
    }
    add_timing(report, "w/sgd/32", 32, 1, i, {1 + 0.001 * i, 1 + 0.001 * i});
  }
  return report;
}

record::Check check_of(const record::Report& report, const std::string& kind, const std::string& subject) {
  for (const record::Check& check : check_timings(report))
    if (check.kind == kind && check.subject == subject) return check;
  ADD_FAILURE() << kind << ' ' << subject;
  return {};
}

std::vector<record::Doubt> reasons(const record::Report& report) { return analyse(report).throughput.at(0).reasons; }

TEST(Disturbance, AQuietReportHasNoFlags) {
  const record::Report report = quiet_report();
  for (const auto& [id, flags] : flags_of_invocations(report)) EXPECT_TRUE(flags.empty()) << id << *flags.begin();
  for (const char* subject : {"timings", "sentinels", "trend", "steal", "frequency"})
    EXPECT_EQ(check_of(report, "disturbance", subject).verdict, "ok") << subject;
  EXPECT_TRUE(reasons(report).empty());
}

TEST(Disturbance, SamplesThatStayedDisturbedAreTold) {
  record::Report report = quiet_report();
  for (int i = 0; i < 3; ++i) {
    report.timings[static_cast<std::size_t>(i)].suspect = true;
    report.timings[static_cast<std::size_t>(i)].cpu_share = 0.5;
  }
  const record::Check check = check_of(report, "disturbance", "timings");
  EXPECT_EQ(check.verdict, "suspect");
  EXPECT_EQ(check.value, 3 / 8.0);
  EXPECT_NE(check.note.find("as little as 50 % of a sample"), std::string::npos) << check.note;
  EXPECT_EQ(reasons(report), (std::vector{record::Doubt::disturbed}));
  EXPECT_TRUE(analyse(report).throughput.at(0).suspect);
}

TEST(Disturbance, OneSlowMemorySentinelFlagsItsProcess) {
  record::Report report = quiet_report();
  report.sentinels[kSamples + 3].memory_seconds = 1.5e-3;  // in process 2
  EXPECT_EQ(flags_of_invocations(report)[2], (std::set{record::Doubt::sentinels}));
  EXPECT_TRUE(flags_of_invocations(report)[1].empty());
  const record::Check check = check_of(report, "disturbance", "sentinels");
  EXPECT_EQ(check.verdict, "suspect");
  EXPECT_EQ(check.note, "sentinel kernels vary by up to 11 % (memory) in 1 of 8 processes");
  // The deviation is √((0.5² + 20 · 0.01²)/19), which is about 0.11 of the mean 1.02.
  EXPECT_NEAR(*check.value, 0.11, 0.005);
  // One of eight processes does not change the median much, so that the cell is not doubted.
  EXPECT_TRUE(reasons(report).empty());
}

TEST(Disturbance, ASteadyRiseIsATrendThoughItIsSmall) {
  record::Report report = quiet_report();
  for (record::Sentinel& sentinel : report.sentinels)
    if (sentinel.invocation == 5) sentinel.fma_seconds = 1e-3 * (1 + 1e-4 * sentinel.order);
  EXPECT_EQ(flags_of_invocations(report)[5], (std::set{record::Doubt::trend}));
  EXPECT_NEAR(*check_of(report, "disturbance", "trend").value, 1, 1e-12);
}

TEST(Disturbance, StealIsAShareOfAllCpusTime) {
  record::Report report = quiet_report();
  report.invocations[2].steal_seconds = 0.1;
  const record::Check check = check_of(report, "disturbance", "steal");
  EXPECT_EQ(check.verdict, "suspect");
  EXPECT_NEAR(*check.value, 0.1 / (2 * 5), 1e-12);
}

TEST(Disturbance, WhatFlagsMoreThanAQuarterOfItsProcessesIsAReasonOfTheCell) {
  record::Report report = quiet_report();
  for (int i = 0; i < 3; ++i) {
    report.invocations[static_cast<std::size_t>(i)].steal_seconds = 0.1;
    report.invocations[static_cast<std::size_t>(i)].mhz_after = 2000;
  }
  EXPECT_EQ(reasons(report), (std::vector{record::Doubt::frequency, record::Doubt::steal}));
  EXPECT_FALSE(analyse(report).throughput.at(0).suspect);  // the machine is doubtful, not this cell
}

TEST(Disturbance, WorkersThatCouldNotBeBoundAreTold) {
  record::Report report = quiet_report();
  for (int i = 0; i < 4; ++i) report.timings[static_cast<std::size_t>(i)].unbound = 1;
  EXPECT_EQ(check_of(report, "disturbance", "binding").verdict, "suspect");
  EXPECT_EQ(reasons(report), (std::vector{record::Doubt::unbound}));
}

TEST(Disturbance, StartOnlyIsToldOfLossesWhoseCostChanges) {
  record::Report report = quiet_report();
  for (record::Timing& timing : report.timings) timing.timed_from.assign(2, record::TimedFrom::start);
  EXPECT_TRUE(reasons(report).empty());
  std::vector<record::Real>& active = report.trajectories[0].curve.active_fraction;
  active.front() = 1.0, active.back() = 0.3;
  EXPECT_EQ(reasons(report), (std::vector{record::Doubt::start_only}));
  EXPECT_EQ(analyse(report).throughput.at(0).timed_from, "start");
}

TEST(Precision, IsThatOfFourCellsInFive) {
  record::Report report = quiet_report();
  const record::Check good = check_of(report, "precision", "timings");
  EXPECT_EQ(good.verdict, "ok");
  EXPECT_TRUE(*good.value > 0.001 && *good.value < 0.004) << *good.value;
  for (std::size_t i = 0; i < report.timings.size(); ++i)
    report.timings[i].seconds_per_step.assign(2, 1 + 0.05 * static_cast<double>(i));
  for (record::Invocation& invocation : report.invocations) invocation.rounds = kMostTimingRounds;
  const record::Check bad = check_of(report, "precision", "timings");
  EXPECT_EQ(bad.verdict, "suspect");
  EXPECT_TRUE(*bad.value > 0.09 && *bad.value < 0.16) << *bad.value;
  EXPECT_NE(bad.note.find("8 processes of up to 8 rounds, the most there are"), std::string::npos) << bad.note;
}

TEST(TimingChecks, AreNoneWhereNothingWasTimed) { EXPECT_TRUE(check_timings(empty_report()).empty()); }

}  // namespace
}  // namespace descent::analysis
