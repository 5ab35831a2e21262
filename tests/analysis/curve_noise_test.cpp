#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "analysis/make_report.hpp"
#include "descent/analysis/analyse.hpp"
#include "descent/core/random.hpp"

namespace descent {
namespace {

using testing::add_series;
using testing::empty_report;

/// Puts noise on every run: ln δ with a deviation of `iterate` about a transient that ends at `floor`; batch losses
/// with a deviation of `evaluation` about the full ones.
void add_noise(Report& report, double floor, double iterate, double evaluation) {
  for (std::size_t r = 0; r < report.trajectories.size(); ++r) {
    CounterRandom random(r, Purpose::data);
    Curve& curve = report.trajectories[r].curve;
    for (std::size_t i = 1; i < curve.loss.size(); ++i) {
      const double delta = *curve.loss[i] - 1 + floor;
      curve.loss[i] = 1 + delta * std::exp(iterate * random.next_normal());
      curve.batch_loss[i] = *curve.loss[i] + evaluation * random.next_normal();
    }
  }
}

Report noisy_report() {
  Report report = empty_report();
  add_series(report, 32, 20, {1, 1, 1, 1, 1, 1, 1, 1}, 200000);
  report.series[0].sampling = "iid_replace", report.series[0].chosen_lr = 0.5;
  add_noise(report, 0.01, 0.1, 0.2);
  Moment moment;
  moment.workload = "w", moment.checkpoint = "end", moment.delta = 0.01, moment.batch = 32,
  moment.sampling = "iid_replace";
  moment.loss_variance = 32 * 0.2 * 0.2, moment.lr = 0.5, moment.simple_floor = 0.011, moment.lyapunov_floor = 0.0105;
  moment.gradient_norm_squared = 1e-9, moment.curvature_gradient = 1e-9, moment.curvature_covariance = 1e-9;
  report.moments.push_back(moment);
  return report;
}

TEST(CurveNoise, TellsTheBatchsNoiseFromTheIterates) {
  const Report analysed = analyse(noisy_report());
  ASSERT_EQ(analysed.curve_noise.size(), 1U);
  const CurveNoise& row = analysed.curve_noise[0];
  EXPECT_NEAR(*row.evaluation_sd_predicted, 0.2, 1e-12);
  EXPECT_NEAR(*row.evaluation_sd_measured, 0.2, 0.02);
  EXPECT_NEAR(*row.residual_sd, 0.1, 0.02);
  EXPECT_NEAR(*row.von_neumann_sd, 0.1, 0.02);
  EXPECT_NEAR(*row.uphill_full_steady, 0.5, 0.1) << "white noise rises every second time";
  EXPECT_LT(*row.uphill_full_transient, 0.4);
  EXPECT_NEAR(*row.uphill_predicted, 0.5, 1e-6);
}

TEST(CurveNoise, FindsTheFloorOfAConstantRate) {
  const Report analysed = analyse(noisy_report());
  const CurveNoise& row = analysed.curve_noise[0];
  EXPECT_EQ(row.floor_status, "ok");
  EXPECT_NEAR(*row.floor, 0.01 * std::exp(0.005), 4e-4);  // mean of a log-normal
  EXPECT_LE(*row.floor_low, 0.01005);
  EXPECT_GE(*row.floor_high, 0.01005);
  EXPECT_EQ(*row.floor_predicted_lyapunov, 0.0105);
  Report shuffled = noisy_report();
  shuffled.series[0].sampling = "reshuffle";
  EXPECT_FALSE(analyse(shuffled).curve_noise[0].floor_predicted_simple) << "no prediction for shuffled epochs";
}

// f_i = (w − a_i)²/2 with a = (−2, −1, 0, 3), rate 1/2, batch 2, drawn by shuffled epochs: at their ends w has variance
// 0.0777777778 about the mean, by V = σ²N/(B(N−1)) · [Σc² − (Σc)²/m]/(1 − q^2m) with c_j = αq^(m−1−j), q = 1 − α, m =
// N/B; after an epoch's first batch q²V + α²σ²(N−B)/(B(N−1)) = 0.3111111111 (a first batch is drawn without regard to
// the past). f − f* is half of either.
TEST(CurveNoise, OfShuffledEpochsIsLessWhereTheyEnd) {
  Report report = empty_report();
  report.datasets[0].n = 4;
  report.workloads[0].optimum_value = 1.75, report.workloads[0].f0 = 1.75 + 0.5 * 16;
  add_series(report, 2, 1, {1, 1, 1, 1, 1, 1, 1, 1}, 1);
  for (Trajectory& run : report.trajectories) {
    run.curve = {};
    CounterRandom random(run.seed, Purpose::shuffle);
    double w = 4;
    std::array<double, 4> a{-2, -1, 0, 3};
    for (std::int64_t step = 0; step <= 4000; ++step) {
      run.curve.step.push_back(step);
      run.curve.loss.push_back(1.75 + 0.5 * w * w);
      for (auto* column : {&run.curve.batch_loss, &run.curve.validation_accuracy, &run.curve.gradient_norm,
                           &run.curve.active_fraction})
        column->emplace_back();
      if (step % 2 == 0)
        for (std::size_t i = 3; i > 0; --i) std::swap(a[i], a[random.next_below(static_cast<std::uint32_t>(i + 1))]);
      const std::size_t first = step % 2 == 0 ? 0 : 2;
      w -= 0.5 * (w - 0.5 * (a[first] + a[first + 1]));
    }
  }
  const CurveNoise row = analyse(report).curve_noise[0];
  ASSERT_EQ(row.floor_status, "ok");
  EXPECT_NEAR(*row.floor_epoch_end, 0.5 * 0.0777777778, 0.002);
  EXPECT_NEAR(*row.floor, 0.5 * (0.0777777778 + 0.3111111111) / 2, 0.004);
  EXPECT_LE(*row.floor_epoch_end_low, 0.5 * 0.0777777778);
  EXPECT_GE(*row.floor_epoch_end_high, 0.5 * 0.0777777778);
}

TEST(CurveNoise, HasNoFloorWhileTheLossStillFalls) {
  Report report = empty_report();
  add_series(report, 32, 5000, {1, 1}, 20000);
  EXPECT_EQ(analyse(report).curve_noise[0].floor_status, "not_reached");
  for (Trajectory& run : report.trajectories) run.stop = "target";
  EXPECT_EQ(analyse(report).curve_noise[0].floor_status, "stopped_at_target");
}

TEST(CurveNoise, OfSeedsIsTheDeviationOfTheLogarithmOfSteps) {
  Report report = empty_report();
  add_series(report, 32, 100, {std::exp(-0.1), 1, std::exp(0.1)});
  const CurveNoise row = analyse(report).curve_noise[0];
  EXPECT_NEAR(*row.seed_sd, 0.1, 0.005);
  EXPECT_NEAR(*row.seed_sd_high / *row.seed_sd, 6.285, 0.01);  // χ², 2 degrees of freedom: √(2/0.0506356)
}

TEST(Rate, IsThatOfAnExponential) {
  Report report = empty_report();
  report.workloads[0].optimum_gap = 1e-14;
  add_series(report, 65536, 100, {1}, 3000, true);
  const Report analysed = analyse(report);
  const Convergence& row = analysed.convergence[0];
  EXPECT_EQ(row.rate_status, "ok");
  EXPECT_NEAR(*row.rate, std::exp2(-0.01), 1e-6);
  EXPECT_GT(*row.rate_r_squared, 0.999999);
  EXPECT_LE(*row.rate_low, *row.rate);
  EXPECT_GE(*row.rate_high, *row.rate);
}

TEST(Rate, IsRefusedForTooFewPointsAndForWhatIsNoLine) {
  Report report = empty_report();
  add_series(report, 65536, 100, {1}, 700, true);
  EXPECT_EQ(analyse(report).convergence[0].rate_status, "too_few_points");
  report.trajectories.clear(), report.series.clear();
  add_series(report, 65536, 100, {1}, 100000, true);
  Curve& curve = report.trajectories[0].curve;
  for (std::size_t i = 1; i < curve.loss.size(); ++i)
    curve.loss[i] = 1 + std::min(1.0, 3 / static_cast<double>(curve.step[i]));
  const Report analysed = analyse(report);
  EXPECT_EQ(analysed.convergence[0].rate_status, "not_linear");
  EXPECT_FALSE(analysed.convergence[0].rate);
}

}  // namespace
}  // namespace descent
