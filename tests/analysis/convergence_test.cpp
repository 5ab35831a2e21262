#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "analysis/make_report.hpp"
#include "descent/analysis/analyse.hpp"

namespace descent::analysis {
namespace {

using testing::add_series;
using testing::add_timing;
using testing::empty_report;

record::Convergence row_at(const record::Report& report, double target) {
  const record::Report analysed = analyse(report);
  return *std::find_if(analysed.convergence.begin(), analysed.convergence.end(),
                       [&](const record::Convergence& row) { return row.target_value == target; });
}

// The range of three values holds the median of their distribution in 75 % of cases only, which is too few for an
// interval.
TEST(Convergence, MedianOfFewRunsHasNoInterval) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {1, 0.9, 0.2});
  add_series(report, 64, 100, {1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9});
  const record::Report analysed = analyse(report);
  for (const record::Convergence& row : analysed.convergence) {
    const bool few = row.series == "w/sgd/32";
    EXPECT_TRUE(row.median_steps);
    EXPECT_EQ(row.median_status, few ? "open" : "ok");
    EXPECT_EQ(row.median_low.has_value(), !few);
    EXPECT_EQ(row.median_high.has_value(), !few);
  }
  // Of ten values the lower end lies between the second and the third smallest, 0.658 of the way (Hettmansperger and
  // Sheather 1986). These are the runs with speeds 1.8 and 1.7.
  const record::Convergence& ten = analysed.convergence.at(2);
  const double half = 100 * std::log2(10.0);
  EXPECT_NEAR(*ten.median_low, half / 1.8 + 0.65766 * (half / 1.7 - half / 1.8), 0.2);
}

// Four batch sizes with three seeds each have eight degrees of freedom together, for which t is 2.3 and not 4.3.
TEST(Convergence, FewSeedsTakePartInTheScatterOfTheOtherBatchSizes) {
  record::Report report = empty_report();
  for (const std::int64_t batch : {32, 64, 128, 256}) add_series(report, batch, 100, {0.8, 1.0, 1.2 + 0.0005 * batch});
  for (const record::Convergence& row : analyse(report).convergence) {
    EXPECT_NEAR(*row.steps_freedom, 8, 1e-9);
    const double s = *row.steps_log_sd;
    EXPECT_NEAR(*row.mean_high / *row.ert_steps, std::exp(2.306 * std::sqrt(s * s / 3 + s * s * s * s / 4)), 1e-4);
  }
}

// If five of ten runs succeed, a resample without a success has the probability 2^-10, so that the interval has both
// ends.
TEST(Convergence, OfCensoredRunsHasAnIntervalThatCarriesTheFailures) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {1, 1, 1, 1, 1, 0.01, 0.01, 0.01, 0.01, 0.01}, 1200);
  for (int i = 0; i < 6; ++i) add_timing(report, "w/sgd/32", 32, 1, i, {1e-5});
  const record::Convergence row = row_at(report, 0.01);
  EXPECT_EQ(row.mean_status, "ok");
  EXPECT_EQ(row.interval_kind, "bootstrap");
  // In 97.9 % of the resamples, 2 to 8 of the ten runs succeed.
  const double success = 100 * std::log2(100), failure = static_cast<double>(report.trajectories[9].steps);
  EXPECT_NEAR(*row.mean_low, success + failure * 2 / 8, 0.05 * success);
  EXPECT_NEAR(*row.mean_high, success + failure * 8 / 2, 0.05 * failure);
  EXPECT_EQ(row.median_status, "open");
  EXPECT_TRUE(row.few_seeds) << "ten seeds, of which five succeed";
  const record::TimeToTarget time = analyse(report).time_to_target.back();
  EXPECT_EQ(time.interval_status, "ok");
  EXPECT_NEAR(*time.high, *row.mean_high * 1e-5, 0.02 * *time.high);
}

TEST(Convergence, LeavesTheEndOpenWhereAResampleMayHoldNoSuccess) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {1, 0.01, 0.01}, 1200);
  for (int i = 0; i < 6; ++i) add_timing(report, "w/sgd/32", 32, 1, i, {1e-5});
  const record::Convergence row = row_at(report, 0.01);
  EXPECT_EQ(row.mean_status, "open");
  EXPECT_TRUE(row.mean_low && !row.mean_high);
  const record::TimeToTarget time = analyse(report).time_to_target.back();
  EXPECT_EQ(time.interval_status, "open");
  EXPECT_TRUE(time.low && !time.high);
}

TEST(Convergence, HasNoMeanCurveWhereARunDiverged) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {1, 1, 1}, 2000);
  report.trajectories[2].status = record::word("diverged");
  report.trajectories[2].curve = {};
  const record::Convergence row = row_at(report, 0.01);
  EXPECT_FALSE(row.curve_steps) << "the other runs alone do not represent the series";
  EXPECT_EQ(row.curve_status, "diverged");
}

TEST(Convergence, SaysThatRunsStoppedBeforeATargetAlsoWhereTheyAreTimed) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {1, 1}, 400);
  // As in a series for the target 1e-1, whose runs stop there.
  for (record::Trajectory& run : report.trajectories) run.stop = record::word("target");
  add_timing(report, "w/sgd/32", 32, 1, 0, {1e-5});
  EXPECT_EQ(row_at(report, 0.01).status, "stopped_before");
  const record::Report analysed = analyse(report);
  for (const record::TimeToTarget& row : analysed.time_to_target)
    EXPECT_EQ(row.status, row.target_value == 0.01 ? "stopped_before" : "ok");
  EXPECT_EQ(analysed.summary.back().status, "not_reached");
}

TEST(Convergence, GivesTheErrorOfAnAccuracyTarget) {
  record::Report report = empty_report();
  report.workloads[0].optimum_validation_accuracy = 0.905;
  report.targets.push_back({record::TargetKind::accuracy, 0.005});
  report.datasets[0].validation_n = 10000;
  add_series(report, 32, 100, {1});
  const record::Convergence row = row_at(report, 0.005);
  EXPECT_EQ(row.target_kind, "accuracy");
  EXPECT_NEAR(*row.target_accuracy, 0.9, 1e-12);
  EXPECT_NEAR(*row.target_accuracy_error, std::sqrt(0.9 * 0.1 / 10000), 1e-12);
  EXPECT_FALSE(row.uncertified);
  // With this gap the optimum is certified for δ = 0.1, but not for the hardest target, 0.01.
  report.workloads[0].optimum_gap = 2e-5;
  EXPECT_TRUE(row_at(report, 0.005).uncertified) << "the weights may not be near W*, whose accuracy is the target";
  EXPECT_FALSE(row_at(report, 0.1).uncertified);
  report.workloads[0].optimum_gap = 1e-9;
  report.workloads[0].optimum_kind = record::word("best_known");
  EXPECT_TRUE(row_at(report, 0.005).uncertified);
}

TEST(TheoryRate, IsTheTailsOwnWhereTheCurvatureIsKnown) {
  record::Report report = empty_report();
  add_series(report, 65536, 100, {1}, 3000, true);
  report.series[0].chosen_lr = 3;
  report.workloads[0].curvature_least = 0.03, report.workloads[0].curvature_most = 0.4;
  EXPECT_NEAR(*row_at(report, 0.01).theory_rate, 0.91 * 0.91, 1e-12);
  EXPECT_EQ(row_at(report, 0.01).theory_kind, "curvature");
  // Now the other end of the curvatures is slower: (1 − 4.9 · 0.4)².
  report.series[0].chosen_lr = 4.9;
  EXPECT_NEAR(*row_at(report, 0.01).theory_rate, 0.96 * 0.96, 1e-12);
}

TEST(TheoryRate, IsNoBoundBeyondOneOverL) {
  record::Report report = empty_report();
  add_series(report, 65536, 100, {1}, 3000, true);
  report.series[0].chosen_lr = 2.1;  // L is 0.5
  EXPECT_FALSE(row_at(report, 0.01).theory_rate);
  EXPECT_EQ(row_at(report, 0.01).theory_kind, "none");
  report.series[0].chosen_lr = 1;
  EXPECT_NEAR(*row_at(report, 0.01).theory_rate, 1 - 1e-4, 1e-12);
}

TEST(TailRatio, IsOfTheTailAndAboveRounding) {
  record::Report report = empty_report();
  add_series(report, 65536, 100, {1}, 3000, true);
  record::Curve& curve = report.trajectories[0].curve;
  for (std::size_t i = 0; i < curve.step.size(); ++i) {
    const auto step = static_cast<double>(curve.step[i]);
    curve.loss[i] = 1 + 0.5 * std::pow(0.9, step) + 0.5 * std::pow(0.99, step);
    if (*curve.loss[i] < 1 + 3e-7) curve.loss[i] = 1 + 2e-7 * (1 + 0.5 * std::sin(step));  // rounding in float32
  }
  EXPECT_NEAR(*row_at(report, 0.01).tail_ratio, 0.99, 1e-6);
  EXPECT_EQ(row_at(report, 0.01).tail_status, "ok");
  EXPECT_NEAR(*row_at(report, 0.01).rate, 0.99, 1e-3);
}

/// Gradient descent on a quadratic. Each of `factors` is 1 − αλ for a curvature λ, and f − f* is the mean of
/// factor^(2k).
record::Report quadratic(const std::vector<double>& factors, bool every_step, std::int64_t budget) {
  record::Report report = empty_report();
  add_series(report, 65536, 100, {1}, 1, true);
  record::Trajectory& run = report.trajectories[0];
  run.curve = {};
  for (std::int64_t step = 0; step <= budget; step = every_step || step < 16 ? step + 1 : step + step / 12 + 1) {
    double gap = 0;
    for (const double factor : factors)
      gap += std::pow(factor, 2 * static_cast<double>(step)) / static_cast<double>(factors.size());
    const double rounding = 5e-8 * std::sin(static_cast<double>(7 * step));  // rounding of float32 scores
    run.curve.step.push_back(step), run.curve.epoch.push_back(static_cast<double>(step));
    run.curve.loss.emplace_back(1 + gap + rounding), run.curve.validation_accuracy.emplace_back();
    run.steps = step;
  }
  return report;
}

// The estimate has to use many points: near rounding, the last two points alone give 0.97 or 1.0 instead of 0.998.
TEST(TailRatio, IsThatOfTheQuadraticOnAnyGrid) {
  for (const bool every_step : {false, true}) {
    const record::Convergence row = row_at(quadratic({0.999, 0.9, 0.5}, every_step, 4300), 0.01);
    EXPECT_EQ(row.tail_status, "ok");
    EXPECT_NEAR(row.tail_ratio.value_or(0), 0.999 * 0.999, 2e-6) << every_step;
    EXPECT_TRUE(*row.tail_low <= *row.tail_ratio && *row.tail_ratio <= *row.tail_high);
    EXPECT_NEAR(*row.tail_low, *row.tail_high, 2e-5);
  }
}

TEST(TailRatio, SaysWhereFasterModesAreStillDying) {
  std::vector<double> factors(1000, 0.998);
  // This mode is a thousandth of f₀ − f*, and it is the one that is left in the end.
  factors[0] = 0.9999;
  const record::Convergence row = row_at(quadratic(factors, false, 1800), 0.01);
  EXPECT_EQ(row.tail_status, "unsteady");
  EXPECT_LT(row.tail_low.value_or(1), row.tail_high.value_or(0));
}

TEST(TailRatio, IsRefusedBeforeTheTail) {
  record::Report report = empty_report();
  add_series(report, 65536, 100, {1}, 550, true);  // the run ends at δ = 0.022
  const record::Convergence row = row_at(report, 0.1);
  EXPECT_FALSE(row.tail_ratio);
  EXPECT_EQ(row.tail_status, "too_short");
}

}  // namespace
}  // namespace descent::analysis
