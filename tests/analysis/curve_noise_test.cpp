#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "analysis/make_report.hpp"
#include "descent/analysis/analyse.hpp"
#include "descent/core/random.hpp"

namespace descent::analysis {
namespace {

using testing::add_series;
using testing::empty_report;

/// Adds noise to every run. ln δ gets the standard deviation `iterate`, around a curve that falls to `floor`; batch
/// losses get the deviation `evaluation` around the full losses.
void add_noise(record::Report& report, double floor, double iterate, double evaluation) {
  for (std::size_t r = 0; r < report.trajectories.size(); ++r) {
    core::CounterRandom random(r, core::Purpose::data);
    record::Curve& curve = report.trajectories[r].curve;
    for (std::size_t i = 1; i < curve.loss.size(); ++i) {
      const double delta = *curve.loss[i] - 1 + floor;
      curve.loss[i] = 1 + delta * std::exp(iterate * random.next_normal());
      curve.batch_loss[i] = *curve.loss[i] + evaluation * random.next_normal();
    }
  }
}

/// A run at the noise floor: it falls from twice the floor, and then stays there with a log-normal deviation of
/// `iterate`.
record::FloorRun floor_run(double floor, double iterate) {
  record::FloorRun run;
  run.series = "w/sgd/32", run.workload = "w", run.status = record::word("ok"), run.batch = 32, run.lr = 0.5,
  run.spacing = 10;
  core::CounterRandom random(7, core::Purpose::data);
  for (int k = 0; k < 400; ++k) {
    run.loss.emplace_back(1 + floor * (1 + std::exp(-k / 8.0)) * std::exp(iterate * random.next_normal()));
    run.distance_squared.emplace_back(0.25);
    run.rises.push_back(5);
  }
  return run;
}

record::Report noisy_report() {
  record::Report report = empty_report();
  add_series(report, 32, 20, {1, 1, 1, 1, 1, 1, 1, 1}, 200000);
  report.series[0].sampling = record::Sampling::iid_replace, report.series[0].chosen_lr = 0.5;
  add_noise(report, 0.01, 0.1, 0.2);
  report.floors.push_back(floor_run(0.01, 0.1));
  record::Moment moment;
  moment.workload = "w", moment.checkpoint = "0.01", moment.delta = 0.01, moment.batch = 32,
  moment.sampling = record::Sampling::iid_replace;
  moment.loss_variance = 32 * 0.2 * 0.2, moment.gradient_norm_squared = 1e-9;
  moment.curvature_gradient = 1e-9, moment.curvature_covariance = 1e-9;
  report.moments.push_back(moment);
  moment.checkpoint = "optimum", moment.delta = 0, moment.lr = 0.5, moment.trace_covariance = 2.816;
  moment.simple_floor = 0.011, moment.lyapunov_floor = 0.0105, moment.lyapunov_status = record::word("ok");
  report.moments.push_back(moment);
  return report;
}

TEST(CurveNoise, TellsTheBatchsNoiseFromTheIterates) {
  const record::Report analysed = analyse(noisy_report());
  ASSERT_EQ(analysed.curve_noise.size(), 1U);
  const record::CurveNoise& row = analysed.curve_noise[0];
  EXPECT_NEAR(*row.evaluation_sd_predicted, 0.2, 1e-12);
  EXPECT_NEAR(*row.evaluation_sd_measured, 0.2, 0.02);
  EXPECT_NEAR(*row.residual_sd, 0.1, 0.02);
  EXPECT_NEAR(*row.von_neumann_sd, 0.1, 0.02);
  EXPECT_NEAR(*row.uphill_full_steady, 0.5, 0.1) << "white noise rises in half of the steps";
  EXPECT_LT(*row.uphill_full_transient, 0.4);
  EXPECT_GE(*row.uphill_spacing_steady, 10) << "the spacing of the grid, and of the floor run";
  EXPECT_EQ(row.uphill_steady_status, "ok");
  EXPECT_NEAR(*row.uphill_predicted_steady, 0.5, 1e-6);
  EXPECT_NEAR(*row.uphill_near_steady, 0.5, 1e-6);
}

// The floor run stays at 0.01005, which is the mean of the log-normal distribution, and f0 - f* is 1.
TEST(CurveNoise, HoldsTheFloorAgainstTheTargetOfItsRate) {
  record::Report report = noisy_report();
  for (const auto& [target, status] : {std::pair(0.02, "below"), std::pair(0.01, "not_below")}) {
    report.series[0].tuned_for = target;
    const record::CurveNoise row = analyse(report).curve_noise[0];
    EXPECT_NEAR(*row.floor_over_target, 0.01005 / target, 0.02 / target * 0.01);
    EXPECT_NEAR(*row.floor_over_target_high, *row.floor_high / target, 1e-12);
    EXPECT_EQ(row.floor_target_status, status);
  }
  report.series[0].tuned_for.reset();
  EXPECT_NEAR(*analyse(report).curve_noise[0].floor_over_target, 1.005, 0.02) << "divided by the hardest target, 0.01";
  report.floors[0].status = record::word("cost");
  EXPECT_EQ(analyse(report).curve_noise[0].floor_target_status, "not_known");
  EXPECT_FALSE(analyse(report).curve_noise[0].floor_over_target);
}

TEST(CurveNoise, FindsTheFloorOfAConstantRate) {
  const record::Report analysed = analyse(noisy_report());
  const record::CurveNoise& row = analysed.curve_noise[0];
  EXPECT_EQ(row.floor_status, "ok");
  EXPECT_NEAR(*row.floor, 0.01 * std::exp(0.005), 2e-4);  // the mean of a log-normal distribution
  EXPECT_LE(*row.floor_low, 0.01005);
  EXPECT_GE(*row.floor_high, 0.01005);
  EXPECT_EQ(*row.weight_variance, 0.25);
  EXPECT_EQ(*row.floor_predicted_lyapunov, 0.0105);
  EXPECT_NEAR(*row.floor_predicted_simple, 0.5 / 4 / 32 * 2.816, 1e-12);
  EXPECT_EQ(row.floor_epoch_end_status, "none");
}

TEST(CurveNoise, PredictsAFloorForIndependentBatchesAtAConstantRateOnly) {
  record::Report report = noisy_report();
  report.series[0].sampling = record::Sampling::reshuffle;
  EXPECT_FALSE(analyse(report).curve_noise[0].floor_predicted_simple);
  EXPECT_EQ(analyse(report).curve_noise[0].lyapunov_status, "not_independent");
  report = noisy_report();
  report.series[0].schedule = record::RateSchedule::inverse,
  report.floors[0].status = record::word("not_constant_rate");
  EXPECT_FALSE(analyse(report).curve_noise[0].floor_predicted_simple);
  EXPECT_FALSE(analyse(report).curve_noise[0].floor_predicted_lyapunov);
  EXPECT_EQ(analyse(report).curve_noise[0].floor_status, "not_constant_rate");
  EXPECT_EQ(analyse(report).curve_noise[0].lyapunov_status, "not_constant_rate");
  report = noisy_report();
  report.moments[1].lyapunov_floor.reset(), report.moments[1].lyapunov_status = record::word("size");
  EXPECT_EQ(analyse(report).curve_noise[0].lyapunov_status, "size");
}

// f_i = (w − a_i)²/2 with a = (−2, −1, 0, 3), rate 1/2, batch 2, shuffled epochs. Known answers, in closed form. At the
// ends of epochs the variance of w about the mean is V = σ²N/(B(N−1)) · [Σc² − (Σc)²/m]/(1 − q^2m) = 0.0777777778, with
// c_j = αq^(m−1−j), q = 1 − α and m = N/B. After the first batch of an epoch, which is drawn regardless of the past, it
// is q²V + α²σ²(N−B)/(B(N−1)) = 0.3111111111. f − f* is half of these.
TEST(CurveNoise, OfShuffledEpochsIsLessWhereTheyEnd) {
  record::Report report = empty_report();
  report.datasets[0].n = 4;
  report.workloads[0].optimum_value = 1.75, report.workloads[0].f0 = 1.75 + 0.5 * 16;
  add_series(report, 2, 1, {1, 1}, 1);
  record::FloorRun run;
  run.series = "w/sgd/2", run.workload = "w", run.status = record::word("ok"), run.batch = 2, run.spacing = 1;
  run.steps_per_epoch = 2;
  core::CounterRandom random(1, core::Purpose::shuffle);
  double w = 4;
  std::array<double, 4> a{-2, -1, 0, 3};
  for (std::int64_t step = 0; step < 20000; ++step) {
    if (step % 2 == 0)
      for (std::size_t i = 3; i > 0; --i) std::swap(a[i], a[random.next_below(static_cast<std::uint32_t>(i + 1))]);
    const std::size_t first = step % 2 == 0 ? 0 : 2;
    w -= 0.5 * (w - 0.5 * (a[first] + a[first + 1]));
    run.loss.emplace_back(1.75 + 0.5 * w * w);
    run.distance_squared.emplace_back(w * w);
    run.rises.push_back(0);
    if (step % 2 == 1)
      run.epoch_end_loss.emplace_back(1.75 + 0.5 * w * w), run.epoch_end_distance_squared.emplace_back(w * w);
  }
  report.floors.push_back(run);
  record::CurveNoise row = analyse(report).curve_noise[0];
  ASSERT_EQ(row.floor_status, "ok");
  ASSERT_EQ(row.floor_epoch_end_status, "ok");
  EXPECT_NEAR(*row.epoch_end_variance, 0.0777777778, 0.003);
  EXPECT_NEAR(*row.floor_epoch_end, 0.5 * 0.0777777778, 0.0015);
  EXPECT_NEAR(*row.weight_variance, (0.0777777778 + 0.3111111111) / 2, 0.004);
  EXPECT_NEAR(*row.floor, 0.5 * (0.0777777778 + 0.3111111111) / 2, 0.002);
  EXPECT_LE(*row.epoch_end_variance_low, 0.0777777778);
  EXPECT_GE(*row.epoch_end_variance_high, 0.0777777778);
  report.floors[0].epoch_end_loss.resize(5);
  row = analyse(report).curve_noise[0];
  EXPECT_EQ(row.floor_epoch_end_status, "too_few");
  EXPECT_FALSE(row.floor_epoch_end);
}

TEST(CurveNoise, HasNoFloorWhileTheLossStillFalls) {
  record::Report report = empty_report();
  add_series(report, 32, 5000, {1, 1}, 20000);
  EXPECT_EQ(analyse(report).curve_noise[0].floor_status, "not_run");
  record::FloorRun run = floor_run(0.01, 0.1);
  for (std::size_t k = 0; k < run.loss.size(); ++k) run.loss[k] = 1 + std::exp(-static_cast<double>(k) / 100);
  report.floors.push_back(run);
  EXPECT_EQ(analyse(report).curve_noise[0].floor_status, "not_reached");
  report.floors[0] = {};
  report.floors[0].series = "w/sgd/32", report.floors[0].status = record::word("cost");
  EXPECT_EQ(analyse(report).curve_noise[0].floor_status, "cost");
}

/// Runs near δ = 0.5 whose loss falls by `fall` in each step, with batch losses that scatter about it by `noise`.
record::Report falling_report(double fall, double noise) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {1, 1}, 1);
  report.series[0].sampling = record::Sampling::iid_replace, report.series[0].chosen_lr = 0.1;
  for (record::Trajectory& run : report.trajectories) {
    core::CounterRandom random(run.seed + 5, core::Purpose::data);
    run.curve = {};
    double previous = 0;
    std::int64_t rises = 0;
    for (std::int64_t step = 0; step <= 4000; ++step) {
      if (step % 40 == 0) {
        run.curve.step.push_back(step);
        run.curve.loss.emplace_back(1.5);
        run.curve.batch_rises.push_back(rises);
        for (auto* column : {&run.curve.batch_loss, &run.curve.validation_accuracy, &run.curve.gradient_norm,
                             &run.curve.active_fraction})
          column->emplace_back();
        rises = 0;
      }
      const double loss = -fall * static_cast<double>(step) + noise * random.next_normal();
      rises += step > 0 && loss > previous, previous = loss;
    }
  }
  record::Moment moment;
  moment.workload = "w", moment.checkpoint = "0.1", moment.delta = 0.4, moment.batch = 1;
  moment.sampling = record::Sampling::iid_replace;
  moment.loss_variance = 32 * noise * noise;
  // So that the change of the loss in a step, −α|G|² + α²/2 · (GᵀHG + tr(HΣ)/32), is −fall.
  moment.gradient_norm_squared = 2 * fall / 0.1, moment.curvature_gradient = fall / 0.005 / 2;
  moment.curvature_covariance = 32 * fall / 0.005 / 2;
  report.moments.push_back(moment);
  return report;
}

// The next batch loss is higher with the probability Φ(−fall/(√2 noise)), which is 0.23975 for fall = noise. With the
// wrong sign it would be 0.76, and without √2 0.159.
TEST(CurveNoise, ChanceOfAnUphillStepIsTheOneSeenEvenWhereTheLossFallsFast) {
  for (const double fall : {0.001, 0.05, 0.1}) {
    const record::Report analysed = analyse(falling_report(fall, 0.1));
    const record::CurveNoise& row = analysed.curve_noise[0];
    ASSERT_EQ(row.uphill_transient_status, "ok");
    EXPECT_NEAR(*row.uphill_near_transient, *row.uphill_predicted_transient, 0.02) << fall;
    EXPECT_NEAR(*row.uphill_batch, *row.uphill_batch_transient, 1e-12);
    EXPECT_EQ(row.uphill_steady_status, "none");
    EXPECT_EQ(*row.uphill_spacing_transient, 40);
    EXPECT_FALSE(row.uphill_full) << "the curve has no two points that are one step apart";
  }
  EXPECT_NEAR(*analyse(falling_report(0.1, 0.1)).curve_noise[0].uphill_predicted_transient, 0.23975, 1e-5);
}

// The series' own |G|² is four times that of the checkpoint, which is from gradient descent. Then GᵀHG is four times as
// large, too, while tr(HΣ) stays the same: the loss changes by −α·4|G|² + α²/2 · (4 GᵀHG + tr(HΣ)/32) = −8 fall + 2
// fall + fall/2 = −5.5 fall. With fall = 0.02, and differences with the standard deviation √2 · 0.1, the probability is
// Φ(−0.777817) = 0.218338.
TEST(CurveNoise, ChanceOfAnUphillStepGoesByTheSeriesOwnGradient) {
  record::Report report = falling_report(0.02, 0.1);
  for (record::Trajectory& run : report.trajectories)
    for (record::Real& norm : run.curve.gradient_norm) norm = std::sqrt(4 * report.moments[0].gradient_norm_squared);
  EXPECT_NEAR(*analyse(report).curve_noise[0].uphill_predicted_transient, 0.218338, 1e-5);
}

// N = 2,000 and B = 500. Differences of successive batches in a shuffled epoch have the variance 2V·N/(B(N−1)) =
// 4.002e-3 V; for independent batches of distinct rows it would be 2V(N−B)/(B(N−1)) = 3.002e-3 V. The loss falls by one
// standard deviation of the latter, so that the probability is Φ(−√(3.002/4.002)).
TEST(CurveNoise, SuccessiveBatchesOfAShuffledEpochDifferMoreThanDistinctOnes) {
  record::Report report = falling_report(0.1, 0.1);
  report.datasets[0].n = 2000;
  report.series[0].batch = 500, report.series[0].sampling = record::Sampling::iid_distinct;
  const double rate = report.series[0].chosen_lr, distinct = 2 * 1500.0 / (500 * 1999);
  record::Moment& moment = report.moments[0];
  moment.loss_variance = 1, moment.gradient_norm_squared = std::sqrt(distinct) / rate;
  moment.curvature_gradient = moment.curvature_covariance = 0;
  EXPECT_NEAR(*analyse(report).curve_noise[0].uphill_predicted_transient, 0.158655, 1e-5);  // Φ(−1)
  report.series[0].sampling = record::Sampling::reshuffle;
  EXPECT_NEAR(*analyse(report).curve_noise[0].uphill_predicted_transient, 0.193238, 1e-5);  // Φ(−0.866025)
}

// At the noise floor, a checkpoint of gradient descent at the same δ still predicts a change of the loss: it gave 0.579
// in a run where 0.498 was seen. So it may not be used there.
TEST(CurveNoise, AtAFloorEverySecondBatchLossRisesWhateverTheCheckpointSays) {
  record::Report report = noisy_report();
  report.moments[0].curvature_covariance = 1e3;
  const record::CurveNoise with = analyse(report).curve_noise[0];
  EXPECT_EQ(with.uphill_predicted_steady, 0.5);
  EXPECT_EQ(with.uphill_steady_status, "ok");
  EXPECT_NEAR(*with.uphill_near_steady, 0.5, 1e-6);
}

// Moments are measured on the path of gradient descent, where |G| is 0.01 at this δ. The runs of the series have 0.1.
TEST(Noise, OfARowIsOverTheSignalOfItsOwnCurve) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {1, 1}, 2000);
  report.series[0].sampling = record::Sampling::iid_replace;
  for (record::Trajectory& run : report.trajectories)
    for (std::size_t i = 0; i < run.curve.loss.size(); ++i)
      run.curve.gradient_norm[i] = std::abs(std::log((*run.curve.loss[i] - 1) / 0.01)) < 0.3 ? 0.1 : 7.0;
  record::Moment moment;
  moment.workload = "w", moment.checkpoint = "0.01", moment.delta = 0.011, moment.batch = 1;
  moment.sampling = record::Sampling::iid_replace, moment.trace_covariance = 0.5, moment.gradient_norm_squared = 1e-4;
  report.moments.push_back(moment);
  const record::Report analysed = analyse(report);
  for (const record::Convergence& row : analysed.convergence) {
    if (row.target_value != 0.01) continue;
    EXPECT_NEAR(*row.gradient_norm, 0.1, 1e-12);
    EXPECT_NEAR(*row.noise_to_signal, std::sqrt(0.5 / 32) / 0.1, 1e-12);
  }
  EXPECT_EQ(analysed.noise.at(0).gradient_norm_squared, 1e-4) << "this table is for gradient descent's path";
}

TEST(CurveNoise, ChanceOfAnUphillStepNeedsACheckpointNearby) {
  record::Report report = falling_report(0.05, 0.1);
  report.moments[0].delta = 0.1;  // the runs are at δ = 0.5
  record::CurveNoise row = analyse(report).curve_noise[0];
  EXPECT_EQ(row.uphill_transient_status, "no_checkpoint");
  EXPECT_FALSE(row.uphill_predicted_transient);
  EXPECT_TRUE(row.uphill_batch_transient);
  report = falling_report(0.05, 0.1);
  report.moments[0].curvature_gradient.reset();
  EXPECT_EQ(analyse(report).curve_noise[0].uphill_transient_status, "no_curvature");
  report = falling_report(0.05, 0.1);
  report.series[0].schedule = record::RateSchedule::inverse;
  EXPECT_EQ(analyse(report).curve_noise[0].uphill_transient_status, "not_constant_rate");
}

TEST(CurveNoise, OfSeedsIsTheDeviationOfTheLogarithmOfSteps) {
  record::Report report = empty_report();
  add_series(report, 32, 100, {std::exp(-0.1), 1, std::exp(0.1)});
  const record::CurveNoise row = analyse(report).curve_noise[0];
  EXPECT_NEAR(*row.seed_sd, 0.1, 0.005);
  // χ² with 2 degrees of freedom gives the factor √(2/0.0506356).
  EXPECT_NEAR(*row.seed_sd_high / *row.seed_sd, 6.285, 0.01);
  EXPECT_EQ(row.seed_sd_status, "ok");
  report = empty_report();
  add_series(report, 32, 100, {1, 1, 1e-3}, 1000);
  EXPECT_EQ(analyse(report).curve_noise[0].seed_sd_status, "censored");
  EXPECT_FALSE(analyse(report).curve_noise[0].seed_sd);
  report = empty_report();
  add_series(report, 32, 100, {1});
  EXPECT_EQ(analyse(report).curve_noise[0].seed_sd_status, "too_few");
}

TEST(Rate, IsThatOfAnExponential) {
  record::Report report = empty_report();
  report.workloads[0].optimum_gap = 1e-14;
  add_series(report, 65536, 100, {1}, 3000, true);
  const record::Report analysed = analyse(report);
  const record::Convergence& row = analysed.convergence[0];
  EXPECT_EQ(row.rate_status, "ok");
  EXPECT_NEAR(*row.rate, std::exp2(-0.01), 1e-6);
  EXPECT_GT(*row.rate_r_squared, 0.999999);
  EXPECT_LE(*row.rate_low, *row.rate);
  EXPECT_GE(*row.rate_high, *row.rate);
}

TEST(Rate, IsRefusedForTooFewPointsAndForWhatIsNoLine) {
  record::Report report = empty_report();
  add_series(report, 65536, 100, {1}, 700, true);
  EXPECT_EQ(analyse(report).convergence[0].rate_status, "too_few_points");
  report.trajectories.clear(), report.series.clear();
  add_series(report, 65536, 100, {1}, 100000, true);
  record::Curve& curve = report.trajectories[0].curve;
  for (std::size_t i = 1; i < curve.loss.size(); ++i)
    curve.loss[i] = 1 + std::min(1.0, 3 / static_cast<double>(curve.step[i]));
  const record::Report analysed = analyse(report);
  EXPECT_EQ(analysed.convergence[0].rate_status, "not_linear");
  EXPECT_FALSE(analysed.convergence[0].rate);
}

}  // namespace
}  // namespace descent::analysis
