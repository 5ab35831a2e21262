#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "join/pair.hpp"

namespace descent::join {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

CompareOptions gate(GateKind kind, bool strict = false) {
  CompareOptions options;
  options.gate = kind, options.strict = strict;
  return options;
}

TEST(Gate, FailsOnASlowDownByEvidenceAndSize) {
  const record::Report base = made_report(3, 8, scattered(1)), found = made_report(3, 8, scattered(1.2), 2);
  const Comparison comparison = compared(base, found, gate(GateKind::times));
  EXPECT_EQ(comparison.gate.verdict, GateVerdict::failed);
  ASSERT_EQ(comparison.gate.failures.size(), 3U);
  EXPECT_THAT(comparison.gate.failures[0], HasSubstr("logistic, batch 8 × 2 threads: 20."));
  EXPECT_EQ(exit_status(comparison), 1);
  CompareOptions lenient = gate(GateKind::times);
  lenient.fail_if_slower = 0.25;
  EXPECT_EQ(compared(base, found, lenient).gate.verdict, GateVerdict::passed);
  EXPECT_EQ(compared(base, found, gate(GateKind::steps)).gate.verdict, GateVerdict::passed);
  EXPECT_EQ(compared(found, base, gate(GateKind::both)).gate.verdict, GateVerdict::passed);  // it became faster
}

TEST(Gate, OneSlowCellAmongManyIsFound) {
  const auto slow_cell = [](int cell, int process) { return 1e-4 * off(cell, process) * (cell == 7 ? 1.3 : 1); };
  const record::Report base = made_report(9, 8, scattered(1)), found = made_report(9, 8, slow_cell, 2);
  const Comparison comparison = compared(base, found, gate(GateKind::times));
  EXPECT_THAT(comparison.gate.failures, ElementsAre(HasSubstr("batch 1024 × 2 threads")));
}

TEST(Gate, TooFewProcessesAreUndecidedAndSayWhatIsNeeded) {
  const record::Report base = made_report(3, 3, scattered(1)), found = made_report(3, 3, scattered(2), 2);
  const Comparison comparison = compared(base, found, gate(GateKind::times));
  EXPECT_EQ(comparison.gate.verdict, GateVerdict::undecided);
  // The test is one-sided and has 3 cells: 3/binom(8, 4) = .043 is below .05, but 3/binom(6, 3) = .15 is not.
  EXPECT_THAT(comparison.gate.warnings, ElementsAre(HasSubstr("take --invocations 4 or more")));
  EXPECT_EQ(exit_status(comparison), 0);
  EXPECT_EQ(exit_status(compared(base, found, gate(GateKind::times, true))), 3);
}

TEST(Gate, SentinelsExplainASlowDown) {
  const record::Report base = made_report(3, 8, scattered(1));
  record::Report found = made_report(3, 8, scattered(1.2), 2);
  for (record::Sentinel& sentinel : found.sentinels) sentinel.memory_seconds *= 1.15;
  const Comparison comparison = compared(base, found, gate(GateKind::times));
  EXPECT_EQ(comparison.gate.verdict, GateVerdict::undecided);
  EXPECT_THAT(comparison.gate.failures, IsEmpty());
  // Now the machine became faster, which does not explain a slow-down.
  for (record::Sentinel& sentinel : found.sentinels) sentinel.memory_seconds /= 1.15 * 1.15;
  EXPECT_EQ(compared(base, found, gate(GateKind::times)).gate.verdict, GateVerdict::failed);
}

TEST(Gate, OnStepsFailsWhereWeightsChangedAndLeavesTimesAlone) {
  const record::Report base = made_report(3, 8, scattered(1));
  record::Report found = made_report(3, 8, scattered(3), 2);
  EXPECT_EQ(exit_status(compared(base, found, gate(GateKind::steps))), 0);
  found.trajectories[0].weights_hash = "other";
  const Comparison comparison = compared(base, found, gate(GateKind::steps));
  EXPECT_THAT(comparison.gate.failures, ElementsAre(HasSubstr("weights_hash: found other")));
  EXPECT_EQ(exit_status(comparison), 1);
  EXPECT_EQ(exit_status(compared(base, found, gate(GateKind::both))), 1);
  EXPECT_EQ(exit_status(compared(found, base, gate(GateKind::times))), 0);  // times alone, and they became shorter
}

TEST(Gate, StepsOfOtherArithmeticFailOutsideTheirIntervalOnly) {
  const record::Report base = made_report(2, 8, scattered(1));
  record::Report found = base;
  found.context.arithmetic["plan_version"] = "5";
  for (record::Trajectory& run : found.trajectories) run.weights_hash += "'";
  EXPECT_EQ(exit_status(compared(base, found, gate(GateKind::steps))), 0);
  for (record::Trajectory& run : found.trajectories) {
    for (std::size_t i = 1; i < 3; ++i) run.curve.step[i] *= 2;
    run.steps *= 2, run.done_step *= 2;
  }
  const Comparison comparison = compared(base, analysis::analyse(found), gate(GateKind::steps));
  EXPECT_THAT(comparison.gate.failures, ElementsAre(HasSubstr("steps to suboptimality 0.1")));
  EXPECT_EQ(exit_status(comparison), 1);
}

}  // namespace
}  // namespace descent::join
