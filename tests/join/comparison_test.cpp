#include "descent/join/comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "join/pair.hpp"

namespace descent::join {
namespace {

using testing::AllOf;
using testing::Each;
using testing::Field;
using testing::HasSubstr;

auto verdicts_are(CellVerdict verdict) { return Each(Field(&CellRatio::verdict, verdict)); }

TEST(Compare, OneAndAHalfTimesAsFastIsFasterInEveryCell) {
  const record::Report base = made_report(5, 8, scattered(1.5)), found = made_report(5, 8, scattered(1), 2);
  const Comparison comparison = compared(base, found);
  ASSERT_EQ(comparison.cells.size(), 5U);
  EXPECT_THAT(comparison.cells, verdicts_are(CellVerdict::faster));
  for (const CellRatio& cell : comparison.cells) {
    EXPECT_NEAR(*cell.ratio, 1.5, 0.02);
    EXPECT_LE(*cell.low, *cell.ratio);
    EXPECT_GE(*cell.high, *cell.ratio);
    // All 8 values of one report lie above all 8 of the other. The two-sided p of this is 2/binom(16, 8), and Holm's
    // correction multiplies it by the number of cells that are not decided yet.
    EXPECT_NEAR(*cell.p, 2 / 12870.0, 1e-9);
    EXPECT_LE(*cell.p_holm, 5 * 2 / 12870.0 + 1e-9);
  }
  ASSERT_FALSE(comparison.groups.empty());
  EXPECT_EQ(comparison.groups[0].faster, 5);
  EXPECT_NEAR(*comparison.groups[0].ratio, 1.5, 1e-9);  // both sides have the same scatter
  EXPECT_LE(*comparison.groups[0].low, 1.5);
  EXPECT_GE(*comparison.groups[0].high, 1.5);
  EXPECT_EQ(exit_status(comparison), 0);
}

TEST(Compare, AReportAgainstItselfIsTheSame) {
  const record::Report report = made_report(4, 8, scattered(1));
  const Comparison comparison = compared(report, report);
  EXPECT_THAT(comparison.cells, verdicts_are(CellVerdict::same));
  EXPECT_EQ(comparison.steps, StepsVerdict::equal);
  EXPECT_TRUE(comparison.differences.empty());
  EXPECT_FALSE(comparison.alternating);
  for (const TargetRatio& target : comparison.targets) EXPECT_EQ(*target.steps_ratio, 1);
}

// ln(time to target) = ln(steps) + ln(seconds per step), so that the logarithms of the ratios add up, too.
TEST(Compare, TimeToTargetIsSplitIntoStepsAndSecondsPerStep) {
  const record::Report base = made_report(2, 8, scattered(1.2));
  record::Report found = made_report(2, 8, scattered(1), 2);
  found.context.arithmetic["plan_version"] = "5";
  for (record::Trajectory& run : found.trajectories) {
    run.curve.step[1] = 101 + 20 * static_cast<std::int64_t>(run.seed), run.curve.step[2] = run.steps = 250;
    run.done_step = 250;
  }
  const Comparison comparison = compared(base, analysis::analyse(found));
  ASSERT_EQ(comparison.targets.size(), 2U);
  for (const TargetRatio& target : comparison.targets) {
    EXPECT_NEAR(*target.ratio, *target.steps_ratio * *target.step_seconds_ratio, 1e-12);
    EXPECT_LT(*target.steps_ratio, 0.9);
    EXPECT_NEAR(*target.step_seconds_ratio, 1.2, 0.02);
    EXPECT_LT(*target.low, *target.ratio);
    EXPECT_GT(*target.high, *target.ratio);
  }
}

TEST(Compare, SmallDifferencesBetweenTwoRunsAreNoVerdict) {
  const record::Report base = made_report(3, 10, scattered(1, 0.008)),
                       found = made_report(3, 10, scattered(1.018, 0.008), 2);
  const Comparison apart = compared(base, found);
  EXPECT_THAT(apart.cells, Each(AllOf(Field(&CellRatio::verdict, CellVerdict::inconclusive),
                                      Field(&CellRatio::reason, Reason::within_runs))));
  CompareOptions trusting;
  trusting.runs_differ = 0;
  EXPECT_THAT(compared(base, found, trusting).cells, verdicts_are(CellVerdict::slower));
}

TEST(Compare, ProcessesThatTakeTurnsNeedNoMargin) {
  record::Report base = made_report(3, 10, scattered(1, 0.008)), found = made_report(3, 10, scattered(1.018, 0.008), 2);
  for (std::size_t i = 0; i < 10; ++i) {
    base.invocations[i].date = "2026-01-01T0" + std::to_string(i) + ":00:00+00:00";
    found.invocations[i].date = "2026-01-01T0" + std::to_string(i) + ":30:00+00:00";
  }
  const Comparison turns = compared(base, found);
  EXPECT_TRUE(turns.alternating);
  EXPECT_THAT(turns.cells, verdicts_are(CellVerdict::slower));
  for (std::size_t i = 0; i < 10; ++i) found.invocations[i].date = "2026-01-02T0" + std::to_string(i) + ":30:00+00:00";
  EXPECT_FALSE(compared(base, found).alternating);
}

TEST(Compare, ThreeProcessesCanNeverTellAndSayHowManyCould) {
  const record::Report base = made_report(5, 3, scattered(1)), found = made_report(5, 3, scattered(2), 2);
  const Comparison comparison = compared(base, found);
  EXPECT_THAT(comparison.cells, Each(Field(&CellRatio::reason, Reason::too_few)));
  EXPECT_THAT(comparison.cells, Each(Field(&CellRatio::interval_kind, RatioInterval::t)));
  EXPECT_EQ(comparison.processes_needed, 5);  // 5 cells × 2/binom(10, 5) = .0397, below .05
}

TEST(Compare, DoubtfulTimingsOnBothSidesAreNoVerdict) {
  record::Report base = made_report(2, 8, scattered(1)), found = made_report(2, 8, scattered(2), 2);
  for (record::Report* report : {&base, &found})
    for (record::Timing& timing : report->timings) timing.suspect = true;
  const Comparison comparison = compared(analysis::analyse(base), analysis::analyse(found));
  EXPECT_THAT(comparison.cells, Each(Field(&CellRatio::reason, Reason::suspect)));
  for (record::Timing& timing : base.timings) timing.suspect = false;
  EXPECT_THAT(compared(analysis::analyse(base), analysis::analyse(found)).cells, verdicts_are(CellVerdict::slower));
}

TEST(Compare, ASlowDownOfTheMachineIsNotTheProgramsFault) {
  const record::Report base = made_report(2, 8, scattered(1));
  record::Report found = made_report(2, 8, scattered(1.2), 2);
  for (record::Sentinel& sentinel : found.sentinels) sentinel.fma_seconds *= 1.2;
  EXPECT_THAT(compared(base, found).cells, Each(Field(&CellRatio::reason, Reason::sentinels)));
  found.context.machine["model"] = "another CPU";  // between machines, a slower machine is a result
  EXPECT_THAT(compared(base, found).cells, verdicts_are(CellVerdict::slower));
}

TEST(Compare, EqualArithmeticAsksForEqualWeights) {
  const record::Report base = made_report(2, 8, scattered(1));
  record::Report found = base;
  found.trajectories[1].weights_hash = "other";
  const Comparison comparison = compared(base, found);
  EXPECT_EQ(comparison.steps, StepsVerdict::changed);
  ASSERT_EQ(comparison.differences.size(), 1U);
  EXPECT_THAT(comparison.differences[0].place, HasSubstr("logistic/0.1/sgd/8/2: weights_hash"));
  EXPECT_EQ(comparison.differences[0].found, "other");
  EXPECT_EQ(exit_status(comparison), 1);
  // With other arithmetic, weights may differ; steps are compared, and they agree.
  found.context.arithmetic["lanes"] = "8";
  const Comparison other = compared(base, found);
  EXPECT_EQ(other.steps, StepsVerdict::within);
  EXPECT_EQ(exit_status(other), 0);
}

TEST(Compare, RunsOfOtherOptionsAreComparedWhereRateAndLengthAreEqual) {
  const record::Report base = made_report(2, 8, scattered(1));
  record::Report found = base;
  found.context.configuration["seeds"] = "3";
  found.series[0].budget_steps = 7;
  EXPECT_EQ(compared(base, found).steps, StepsVerdict::equal);
  found.trajectories[0].weights_hash = "other";
  EXPECT_EQ(compared(base, found).steps, StepsVerdict::changed);
  found.trajectories[0].lr = 0.25;
  EXPECT_EQ(compared(base, found).steps, StepsVerdict::equal);
}

TEST(Compare, ARatioOverRoofsIsWhatTheMachinesDoNotExplain) {
  const record::Report base = made_report(2, 8, scattered(1));
  record::Report found = made_report(2, 8, scattered(0.5), 2);
  for (record::Roof& roof : found.roofs) roof.fma_f32_gflop_per_s *= 2, roof.read_gb_per_s *= 2, roof.join_us /= 2;
  found.context.machine["model"] = "a CPU that is twice as fast";
  for (const CellRatio& cell : compared(base, analysis::analyse(found)).cells) {
    EXPECT_NEAR(*cell.ratio, 2, 0.02);
    EXPECT_NEAR(*cell.ratio_over_roofs, 1, 0.02);
  }
}

TEST(Compare, RunsThatDependOnTheirThreadsNeedNotBeEqual) {
  record::Report base = made_report(2, 8, scattered(1));
  for (record::Trajectory& run : base.trajectories)
    if (run.batch == 8) run.threads = 2;
  record::Report found = base;
  found.trajectories[0].weights_hash = "other", found.trajectories[0].curve.loss[1] = 0.099;
  EXPECT_EQ(compared(base, found).steps, StepsVerdict::equal);
  // Batch 16 has the same weights at any number of threads.
  found.trajectories[2].weights_hash = "other";
  EXPECT_EQ(compared(base, found).steps, StepsVerdict::changed);
}

// Columns that a solver leaves out because it ran out of time depend on the clock. They do not mean that the program
// computes something else.
TEST(Compare, WhatASolverHadNoTimeForIsANoteAndNoChange) {
  record::Report base = made_report(2, 8, scattered(1));
  base.workloads[0].curvature_kind = record::CurvatureKind::exact;
  base.workloads[0].curvature_least = 0.1, base.workloads[0].curvature_most = 2;
  record::Report found = base;
  found.workloads[0].curvature_kind = record::CurvatureKind::none;
  found.workloads[0].curvature_least = found.workloads[0].curvature_most = std::nullopt;
  CompareOptions gate;
  gate.gate = GateKind::steps;
  for (const auto& [a, b] : {std::pair{&base, &found}, std::pair{&found, &base}}) {
    const Comparison comparison = compared(*a, *b, gate);
    EXPECT_EQ(comparison.steps, StepsVerdict::equal);
    EXPECT_EQ(comparison.gate.verdict, GateVerdict::passed);
    ASSERT_EQ(comparison.differences.size(), 1U);
    EXPECT_EQ(comparison.differences[0].kind, Fingerprint::clock);
    EXPECT_THAT(comparison.differences[0].place, HasSubstr("curvature_kind"));
  }
  found.workloads[0] = base.workloads[0];
  // Both reports have this column, with different values: that is a change.
  found.workloads[0].curvature_most = 3;
  EXPECT_EQ(compared(base, found, gate).gate.verdict, GateVerdict::failed);
}

// Where the clock stopped the solver of an optimum, the targets change, and so does the length of runs. Weights of runs
// with the same rate and length are still compared.
TEST(Compare, AnOptimumThatTheClockStoppedLeavesTheWeightsToCompare) {
  const record::Report base = made_report(2, 8, scattered(1));
  record::Report found = base;
  found.workloads[0].optimum_value = 1e-4;
  EXPECT_EQ(compared(base, found).steps, StepsVerdict::changed);
  found.workloads[0].note = "stopped before the gap asked for";
  found.trajectories[1].done_step = 151;
  const Comparison stopped = compared(base, found);
  EXPECT_EQ(stopped.steps, StepsVerdict::equal);
  ASSERT_EQ(stopped.differences.size(), 1U);
  EXPECT_EQ(stopped.differences[0].kind, Fingerprint::clock);
  found.trajectories[0].weights_hash = "other";
  EXPECT_EQ(compared(base, found).steps, StepsVerdict::changed);
}

std::string refusal(const record::Report& base, const record::Report& found) {
  try {
    compared(base, found);
  } catch (const NotComparable& error) {
    return error.what();
  }
  return "";
}

TEST(Compare, OtherDataAreRefusedByName) {
  const record::Report base = made_report(2, 8, scattered(1));
  record::Report found = base;
  found.datasets[0].content_hash = "e";
  EXPECT_EQ(refusal(base, found), "cannot compare: data set d: content_hash: found e in NEW, expected c as in BASE");
  found = base;
  found.workloads[0].id = "d/linear/hinge/0.1";
  EXPECT_THAT(refusal(base, found), AllOf(HasSubstr("no workload in common"), HasSubstr("d/linear/hinge/0.1")));
  found = base;
  found.timings.clear(), found.trajectories.clear();
  EXPECT_THAT(refusal(base, analysis::analyse(found)), HasSubstr("no cell and no run in common"));
}

TEST(Compare, ADifferentValidationPartLeavesAccuraciesOut) {
  const record::Report base = made_report(2, 8, scattered(1));
  record::Report found = base;
  found.datasets[0].validation_hash = "w";
  const Comparison comparison = compared(base, found);
  ASSERT_EQ(comparison.differences.size(), 1U);
  EXPECT_EQ(comparison.differences[0].kind, Fingerprint::data);
  EXPECT_EQ(comparison.targets.size(), 2U);  // shares of the starting gap need no validation rows
}

TEST(Compare, TheBestCellsAreComparedWhicheverTheyAre) {
  const record::Report base = made_report(2, 8, [](int cell, int process) { return (cell + 1) * off(0, process); });
  const record::Report found =
      made_report(2, 8, [](int cell, int process) { return (3 - cell) * off(0, process) / 4; });
  const Comparison comparison = compared(base, found);
  ASSERT_EQ(comparison.best.size(), 1U);
  EXPECT_EQ(comparison.best[0].base_cell, "batch 8 × 2 threads");
  EXPECT_EQ(comparison.best[0].new_cell, "batch 16 × 2 threads");
  EXPECT_NEAR(*comparison.best[0].ratio, 2, 0.02);
}

TEST(Recomputed, FindsWhatWasEditedByHand) {
  record::Report report = made_report(2, 8, scattered(1));
  EXPECT_EQ(recomputed(report).difference, "");
  const double right = *report.throughput[1].seconds_per_step;
  report.throughput[1].seconds_per_step = 5e-7;
  const Recomputed result = recomputed(report);
  EXPECT_THAT(result.difference, HasSubstr("/throughput/1/seconds_per_step: had 5e-07"));
  EXPECT_EQ(*result.report.throughput[1].seconds_per_step, right);
}

TEST(ByMachine, TellsEachReportsBestCellAndItsRatioToTheFirst) {
  const record::Report base = made_report(2, 8, scattered(1)), found = made_report(2, 8, scattered(0.5), 2);
  const std::vector<Labelled> reports{{"old", "", &base}, {"new", "", &found}};
  const std::vector<MachineRow> rows = by_machine(reports);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].ratio, 1);
  EXPECT_NEAR(*rows[1].ratio, 2, 0.05);
  EXPECT_EQ(rows[1].label, "new");
  EXPECT_TRUE(rows[1].share_of_roof);
}

}  // namespace
}  // namespace descent::join
