#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "analysis/make_report.hpp"
#include "descent/analysis/analyse.hpp"

// Known answers for S(B), the steps to the target at batch size B: for mini-batch descent on ½ h w², E w² obeys a
// recursion. So the mean curve, and the step at which it passes a target, are known in closed form for each batch size.

namespace descent::analysis {
namespace {

using testing::empty_report;

constexpr double kTarget = 0.01;

/// Two runs whose mean is δ(step) at the steps of a grid: one is 1 % · `apart` above it, the other as much below.
template <class Delta>
void add_exact(record::Report& report, std::int64_t batch, Delta&& delta, const std::vector<std::int64_t>& grid,
               double apart) {
  testing::add_series(report, batch, 1, {1, 1}, 1);
  for (std::size_t seed = 0; seed < 2; ++seed) {
    record::Trajectory& run = report.trajectories[report.trajectories.size() - 2 + seed];
    run.curve = {};
    for (const std::int64_t step : grid) {
      run.curve.step.push_back(step), run.curve.epoch.push_back(static_cast<double>(step * batch) / 65536);
      const double off = step == 0 ? 1 : 1 + 0.01 * apart * (seed == 0 ? 1 : -1);
      run.curve.loss.emplace_back(1 + off * delta(static_cast<double>(step)));
      run.curve.validation_accuracy.emplace_back();
      run.steps = step;
    }
  }
}

record::Report one_target() {
  record::Report report = empty_report();
  testing::set_targets(report, {0.01});
  return report;
}

const record::Doubling& doubling_from(const record::Report& report, std::int64_t batch) {
  return *std::find_if(report.doublings.begin(), report.doublings.end(),
                       [&](const record::Doubling& row) { return row.batch == batch; });
}

/// The batch size at which S(B)/S(2B) falls to √2, by bisection of the closed form.
template <class Steps>
double half_efficiency(Steps&& steps, double low, double high) {
  for (int i = 0; i < 60; ++i) {
    const double middle = std::sqrt(low * high);
    (steps(middle) / steps(2 * middle) >= std::sqrt(2.0) ? low : high) = middle;
  }
  return low;
}

// The noise is proportional to the gradient: g = h w (1 + ξ), and Var ξ = s for one row, so that the noise scale is s
// all the time. With a rate that is c times the best one, αh = c/(1 + s/B), each step multiplies E w² by 1 − r/(1 +
// s/B) with r = 2c − c². S is ln ε over the logarithm of this factor. Up to r²/12 of it, S = S_min (1 + B_crit/B) with
// S_min = ln(1/ε)(1/r − ½) and B_crit = s/(1 − r/2).
TEST(ExactReturns, OfNoiseInProportionToTheGradientAreTheHyperbola) {
  constexpr double kScale = 500, kShare = 0.01, kFall = 2 * kShare - kShare * kShare;
  const auto factor = [](double batch) { return 1 - kFall / (1 + kScale / batch); };
  const auto steps = [&](double batch) { return std::log(kTarget) / std::log(factor(batch)); };
  std::vector<std::int64_t> grid;  // steps 0–16, then each 2^(1/8) times the last
  for (std::int64_t step = 0; step <= 16; ++step) grid.push_back(step);
  for (int i = 1; grid.back() < 12000; ++i)
    grid.push_back(static_cast<std::int64_t>(std::llround(16 * std::exp2(i / 8.0))));
  record::Report report = one_target();
  for (std::int64_t batch = 16; batch <= 16384; batch *= 2)
    add_exact(
        report, batch, [&](double step) { return std::pow(factor(static_cast<double>(batch)), step); }, grid, 1);
  const record::Report analysed = analyse(report);
  const record::Returns& row = analysed.returns.at(0);
  EXPECT_EQ(row.fit_status, "ok");
  EXPECT_EQ(row.batches_used.size(), 11U);
  EXPECT_NEAR(*row.s_min, std::log(100) * (1 / kFall - 0.5), 0.002 * *row.s_min);
  EXPECT_NEAR(*row.b_crit, kScale / (1 - kFall / 2), 0.005 * kScale);
  EXPECT_LE(*row.b_crit_low, kScale / (1 - kFall / 2));
  EXPECT_GE(*row.b_crit_high, kScale / (1 - kFall / 2));
  const double half = half_efficiency(steps, 16, 16384);
  EXPECT_NEAR(half, kScale / (1 - kFall / 2) / std::sqrt(2.0), 0.01 * half);
  EXPECT_NEAR(*row.half_efficiency_batch, half, 0.04 * half) << "lines between powers of two are not exactly the curve";
  for (const std::int64_t batch : {16, 32, 512, 8192})
    EXPECT_NEAR(*doubling_from(analysed, batch).step_gain,
                steps(static_cast<double>(batch)) / steps(static_cast<double>(2 * batch)), 0.003)
        << batch;
}

// The noise does not shrink with the gradient, and the rate is fixed: E w² ← q² E w² + α²σ²/B with q = 1 − αh. So δ =
// q^(2k)(1 − φ) + φ, with the floor φ = αh κ/(B (2 − αh)) and κ = σ²/(h w₀)². S = ln((1 − φ)/(ε − φ)) / (−2 ln q) is
// not a hyperbola, and where φ >= ε the target is never reached. With αh = 0.05 and κ = 11.86, φ is 0.0095 at batch 32
// and 0.019 at 16.
TEST(ExactReturns, OfNoiseThatDoesNotFadeAreNoHyperbolaAndEndWhereTheFloorIsTooHigh) {
  constexpr double kRate = 0.05, kNoise = 11.86;
  const double q = 1 - kRate;
  const auto floor = [&](double batch) { return kRate * kNoise / (batch * (2 - kRate)); };
  const auto steps = [&](double batch) {
    const double phi = floor(batch);
    return std::log((1 - phi) / (kTarget - phi)) / (-2 * std::log(q));
  };
  std::vector<std::int64_t> grid;  // every step, as with `--passage exact`
  for (std::int64_t step = 0; step <= 400; ++step) grid.push_back(step);
  record::Report report = one_target();
  const std::vector<std::int64_t> batches{16, 32, 34, 36, 40, 48, 56, 64, 68, 72, 80, 96, 112, 128, 256, 512};
  for (const std::int64_t batch : batches) {
    const double phi = floor(static_cast<double>(batch));
    add_exact(
        report, batch, [&](double step) { return std::pow(q, 2 * step) * (1 - phi) + phi; }, grid, 0.1);
  }
  const record::Report analysed = analyse(report);
  const record::Returns& row = analysed.returns.at(0);
  EXPECT_EQ(row.fit_status, "lack_of_fit");
  EXPECT_EQ(row.batches_left_out, std::vector<std::string>{"16: not_reached"});
  EXPECT_EQ(row.batches_used.size(), batches.size() - 1);
  const double half = half_efficiency(steps, 32, 256);
  EXPECT_EQ(row.half_status, "ok");
  EXPECT_NEAR(*row.half_efficiency_batch, half, 0.02 * half);
  for (const std::int64_t batch : {32, 34, 40, 64, 128, 256})
    EXPECT_NEAR(*doubling_from(analysed, batch).step_gain,
                steps(static_cast<double>(batch)) / steps(static_cast<double>(2 * batch)), 0.003)
        << batch;
  const record::Doubling& first = doubling_from(analysed, 16);
  EXPECT_FALSE(first.step_gain || first.efficiency || first.step_gain_high);
  EXPECT_EQ(first.interval_status, "open_above");
  EXPECT_LE(*first.step_gain_low, 400 / steps(32));
  EXPECT_GE(*first.step_gain_low, 0.9 * 400 / steps(32)) << "the two seeds differ little, and so does the bound";
}

}  // namespace
}  // namespace descent::analysis
