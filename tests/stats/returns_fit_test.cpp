#include "descent/stats/returns_fit.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace descent::stats {
namespace {

std::vector<StepsAtBatch> exact_curve(double s_min, double b_crit, double from, double to) {
  std::vector<StepsAtBatch> curve;
  for (double b = from; b <= to; b *= 2) curve.push_back({b, s_min * (1 + b_crit / b)});
  return curve;
}

// With B_c = 1000, doubling the batch from 32 divides the steps by 1.93985, and from 8,192 by 1.05752. At B_c/√2 half
// of the efficiency is left.
TEST(ReturnsFit, RecoversAnExactCurve) {
  const auto curve = exact_curve(100, 1000, 32, 16384);
  EXPECT_NEAR(curve[0].steps / curve[1].steps, 1.93985, 5e-6);
  EXPECT_NEAR(curve[8].steps / curve[9].steps, 1.05752, 5e-6);
  const auto fit = fit_returns(curve);
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->s_min, 100, 1e-4);
  EXPECT_NEAR(fit->b_crit, 1000, 1e-2);
}

TEST(HalfEfficiency, IsWhereDoublingSavesARootOfTwoOfTheSteps) {
  const HalfEfficiency half = half_efficiency_batch(exact_curve(100, 1000, 16, 32768));
  EXPECT_EQ(half.status, HalfEfficiency::Status::ok);
  // Lines between powers of two are not exactly the curve.
  EXPECT_NEAR(*half.batch, 1000 / std::sqrt(2.0), 25);
}

TEST(HalfEfficiency, SaysWhenTheBatchesDoNotReachThere) {
  EXPECT_EQ(half_efficiency_batch(exact_curve(100, 1e6, 1, 64)).status, HalfEfficiency::Status::beyond_range);
  EXPECT_EQ(half_efficiency_batch(exact_curve(100, 1, 64, 512)).status, HalfEfficiency::Status::below_range);
  EXPECT_EQ(half_efficiency_batch(exact_curve(100, 1, 64, 64)).status, HalfEfficiency::Status::too_few);
}

TEST(HalfEfficiency, SurvivesAStepCountThatRises) {
  auto curve = exact_curve(100, 300, 16, 4096);
  curve[6].steps *= 1.1;
  const HalfEfficiency half = half_efficiency_batch(curve);
  EXPECT_EQ(half.status, HalfEfficiency::Status::ok);
  EXPECT_NEAR(*half.batch, 300 / std::sqrt(2.0), 40);
}

TEST(LackOfFit, IsSeenWhereTheCurveHasAnotherShape) {
  auto curve = exact_curve(100, 300, 16, 4096);
  std::vector<std::vector<double>> replicates;
  for (auto& point : curve) {
    const double log_steps = std::log(point.steps);
    replicates.push_back({log_steps - 0.01, log_steps, log_steps + 0.01});
  }
  EXPECT_GT(*lack_of_fit_p(*fit_returns(curve), replicates), 0.5);
  curve[4].steps *= 1.5;
  EXPECT_LT(*lack_of_fit_p(*fit_returns(curve), replicates), 1e-3);
}

// Four batch sizes, of which one ran once and one never. The lack of fit has m − p = 3 − 2 degrees of freedom. The pure
// error has 2 · (3 − 1), and its mean square is 0.01. F = (3·0.1² + 3·0.1² + 1·0.1²)/1 / 0.01 = 7. With (1, 4) degrees
// of freedom, F is t², and P(|t| > x) = 1 − s (3 − s²)/2 with s = x/√(4 + x²) (Abramowitz and Stegun 1972, 26.7.4).
TEST(LackOfFit, CountsABatchOfOneRunInTheLackAndAnEmptyOneNowhere) {
  ReturnsFit fit;
  fit.residuals = {0.1, -0.1, 0.1, 5};
  const std::vector<std::vector<double>> replicates{{-0.1, 0, 0.1}, {0.9, 1, 1.1}, {2}, {}};
  const double s = std::sqrt(7.0 / (4 + 7));
  EXPECT_NEAR(lack_of_fit_p(fit, replicates).value_or(-1), 1 - s * (3 - s * s) / 2, 1e-9);
  EXPECT_FALSE(lack_of_fit_p(fit, {{-0.1, 0, 0.1}, {0.9, 1, 1.1}, {}, {}})) << "two batch sizes always fit";
}

TEST(StepTime, RecoversALine) {
  const std::vector<double> batches{32, 64, 1024}, seconds{5e-6 + 32e-8, 5e-6 + 64e-8, 5e-6 + 1024e-8};
  const auto line = fit_step_time(batches, seconds);
  EXPECT_NEAR(line->fixed, 5e-6, 1e-12);
  EXPECT_NEAR(line->per_row, 1e-8, 1e-14);
}

}  // namespace
}  // namespace descent::stats
