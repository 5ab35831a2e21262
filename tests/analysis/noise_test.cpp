#include <gtest/gtest.h>

#include <cmath>

#include "analysis/make_report.hpp"
#include "descent/analysis/analyse.hpp"
#include "descent/core/random.hpp"

namespace descent::analysis {
namespace {

using testing::add_series;
using testing::add_timing;
using testing::empty_report;

constexpr int kDimensions = 20;
constexpr double kTrace = 40, kSignal = 5;  // trΣ and |G|²

/// Moments at one checkpoint. The noise of gradients is Gaussian with the covariance c_B·(kTrace/kDimensions)·I, and
/// the squared length of the gradient is kSignal.
void add_moments(record::Report& report, std::size_t samples, double signal = kSignal) {
  const double n = 65536;
  for (const char* const sampling : {"iid_replace", "iid_distinct"})
    for (std::int64_t batch = 1; batch <= 65536; batch *= 4) {
      const auto b = static_cast<double>(batch);
      const double factor = sampling == std::string("iid_replace") ? 1 / b : (n - b) / (b * (n - 1));
      record::Moment moment;
      moment.workload = "w", moment.checkpoint = "0.01", moment.delta = 0.01, moment.batch = batch,
      moment.sampling = record::word(sampling);
      moment.trace_covariance = kTrace, moment.gradient_norm_squared = signal;
      moment.curvature_gradient = 2, moment.curvature_covariance = 8, moment.curvature_status = record::word("ok");
      core::CounterRandom random(static_cast<std::uint64_t>(batch), core::Purpose::data,
                                 sampling == std::string("iid_replace"));
      for (std::size_t k = 0; k < samples; ++k) {
        double deviation = 0, norm = 0;
        for (int j = 0; j < kDimensions; ++j) {
          const double noise = std::sqrt(factor * kTrace / kDimensions) * random.next_normal();
          const double whole = noise + std::sqrt(signal / kDimensions);
          deviation += noise * noise, norm += whole * whole;
        }
        moment.sampled.push_back(deviation), moment.sampled_norm_squared.push_back(norm);
      }
      report.moments.push_back(moment);
    }
}

TEST(Noise, FollowsTheVarianceLawOfEachSampling) {
  record::Report report = empty_report();
  add_moments(report, 64);
  const record::Report analysed = analyse(report);
  ASSERT_EQ(analysed.noise.size(), report.moments.size());
  int inside = 0, cells = 0;
  for (const record::Noise& row : analysed.noise) {
    EXPECT_LE(*row.law_slope_low, 1);
    EXPECT_GE(*row.law_slope_high, 1);
    EXPECT_NEAR(*row.law_slope, 1, 0.02);
    EXPECT_NEAR(*row.noise_scale, kTrace / kSignal, 1e-12);
    EXPECT_NEAR(*row.noise_scale_curvature, 4, 1e-12);
    ++cells, inside += *row.measured_low <= *row.predicted_variance && *row.predicted_variance <= *row.measured_high;
  }
  EXPECT_GE(inside, cells - 3) << "of " << cells;
  const record::Noise& last = analysed.noise.back();  // all n rows: the whole gradient
  EXPECT_EQ(*last.predicted_variance, 0);
  EXPECT_EQ(*last.measured_variance, 0);
  EXPECT_FALSE(last.signal_to_noise);
  EXPECT_NEAR(*last.uphill_threshold_lr, 2 * kSignal / 2, 1e-12);
  EXPECT_NEAR(*analysed.noise.front().uphill_threshold_lr, 2 * kSignal / (2 + 8), 1e-12);
}

TEST(Noise, ScaleFromTwoBatchesIsTheExactOne) {
  record::Report report = empty_report();
  add_moments(report, 64);
  int covered = 0, resolved = 0;
  for (const record::Noise& row : analyse(report).noise)
    if (row.two_batch_status == "ok") {
      ++resolved;
      covered += *row.two_batch_low <= 8 && 8 <= *row.two_batch_high;
      EXPECT_NEAR(*row.two_batch_noise_scale, *row.two_batch_noise / *row.two_batch_signal, 1e-12);
    } else {
      EXPECT_FALSE(row.two_batch_noise_scale);
    }
  EXPECT_GE(resolved, 10);
  EXPECT_GE(covered, resolved - 3) << "of " << resolved;
}

TEST(Noise, ScaleIsUnresolvedWhereTheGradientDrowns) {
  record::Report report = empty_report();
  add_moments(report, 16, 1e-9);
  const record::Report analysed = analyse(report);
  EXPECT_EQ(analysed.noise.front().two_batch_status, "unresolved");
  EXPECT_FALSE(analysed.noise.front().two_batch_noise_scale);
  EXPECT_TRUE(analysed.noise.front().two_batch_noise) << "the measured noise is known although the scale is not";
  EXPECT_GT(*analysed.noise.front().two_batch_low, 100) << "the lower end is known";
  EXPECT_FALSE(analysed.noise.front().two_batch_high);
  EXPECT_EQ(analysed.noise.front().noise_scale_status, "ok") << "the exact scale is known";
  EXPECT_NEAR(*analysed.noise.front().noise_scale, kTrace / 1e-9, 1);
}

TEST(Noise, StatusesTellWhyThereIsNoScale) {
  record::Report report = empty_report();
  add_moments(report, 64);
  std::vector<record::Noise> noise = analyse(report).noise;
  for (const record::Noise& row : noise)
    EXPECT_EQ(row.two_batch_status == "no_partner", row.batch >= 16384) << row.batch;
  EXPECT_EQ(noise.front().samples, 64);
  for (record::Moment& moment : report.moments) moment.sampled.resize(3), moment.sampled_norm_squared.resize(3);
  noise = analyse(report).noise;
  EXPECT_EQ(noise.front().two_batch_status, "too_few");
  EXPECT_EQ(noise.front().samples, 3);
  // With weights in float32, |G| cannot be told from 0 if it is 1e-8 of the gradient of a row.
  for (record::Moment& moment : report.moments) moment.gradient_norm_squared = kTrace * 1e-16;
  EXPECT_EQ(analyse(report).noise.front().noise_scale_status, "unresolved");
  EXPECT_FALSE(analyse(report).noise.front().noise_scale);
  for (record::Moment& moment : report.moments) moment.gradient_norm_squared = kSignal, moment.checkpoint = "optimum";
  EXPECT_EQ(analyse(report).noise.front().noise_scale_status, "unresolved") << "at the optimum G is 0";
}

TEST(Noise, ScaleWithCurvatureHasTheIntervalOfItsSample) {
  record::Report report = empty_report();
  add_moments(report, 0);
  EXPECT_FALSE(analyse(report).noise.front().noise_scale_curvature_low) << "it is exact";
  for (record::Moment& moment : report.moments) moment.curvature_covariance_error = 0.5;
  const record::Noise row = analyse(report).noise.front();
  EXPECT_NEAR(*row.noise_scale_curvature_low, (8 - 1.959964 * 0.5) / 2, 1e-5);
  EXPECT_NEAR(*row.noise_scale_curvature_high, (8 + 1.959964 * 0.5) / 2, 1e-5);
  for (record::Moment& moment : report.moments)
    moment.curvature_gradient.reset(), moment.curvature_covariance.reset(),
        moment.curvature_status = record::word("kinked");
  EXPECT_EQ(analyse(report).noise.front().curvature_status, "kinked");
  EXPECT_FALSE(analyse(report).noise.front().noise_scale_curvature);
}

/// The row of the table for this sampling and batch size.
const record::BatchNoise& batch_noise_of(const record::Report& report, const char* sampling, std::int64_t batch) {
  for (const record::BatchNoise& row : report.batch_noise)
    if (row.sampling == sampling && row.batch == batch) return row;
  throw std::out_of_range("batch");
}

record::Report doubled(std::int64_t n) {
  record::Report report = empty_report();
  report.datasets[0].n = n;
  add_moments(report, 64);
  const record::Moment like = report.moments[0];
  report.moments.clear();
  for (const char* const sampling : {"iid_replace", "iid_distinct"})
    for (std::int64_t batch = 1; batch <= n; batch *= 2) {
      record::Moment moment = like;
      moment.sampling = record::word(sampling), moment.batch = batch;
      report.moments.push_back(moment);
    }
  return report;
}

// By hand: (32^-½ − 64^-½)/(8192^-½ − 16384^-½) is 16. For batches of distinct rows out of 60,000 the same with
// √((N−B)/(B(N−1))) is 14.3653. The relative drop is 1 − √½ = 29.29 % in both cases.
TEST(BatchNoise, GainsOfADoublingAreTheLecturesNumbers) {
  const record::Report report = analyse(doubled(60000));
  const auto ratio = [&](const char* sampling) {
    return *batch_noise_of(report, sampling, 32).absolute_gain / *batch_noise_of(report, sampling, 8192).absolute_gain;
  };
  EXPECT_NEAR(ratio("iid_replace"), 16, 1e-9);
  EXPECT_NEAR(ratio("iid_distinct"), 14.3653, 5e-5);
  EXPECT_NEAR(*batch_noise_of(report, "iid_replace", 32).absolute_gain, 0.0517767 * std::sqrt(kTrace), 1e-6);
  for (const std::int64_t batch : {1, 32, 8192})
    EXPECT_NEAR(*batch_noise_of(report, "iid_replace", batch).relative_gain, 0.292893, 1e-6);
  EXPECT_FALSE(batch_noise_of(report, "iid_replace", 32768).relative_gain) << "there are fewer than 65,536 rows";
  const record::BatchNoise& one = batch_noise_of(report, "iid_replace", 1);
  EXPECT_NEAR(*one.predicted_sd, std::sqrt(kTrace), 1e-9);
  EXPECT_NEAR(*one.relative_sd, std::sqrt(kTrace / kSignal), 1e-9);
  EXPECT_TRUE(*one.measured_low <= *one.measured_sd && *one.measured_sd <= *one.measured_high);
  EXPECT_EQ(*one.measured_relative_gain, 0) << "both batch sizes have the same samples";
  EXPECT_EQ(one.samples, 64);
}

TEST(BatchNoise, HasTheStepGainBesideItWhereBothWereTrained) {
  record::Report report = doubled(65536);
  add_series(report, 32, 100, {1, 1.01, 0.99});
  add_series(report, 64, 60, {1, 1.01, 0.99});
  const record::Report analysed = analyse(report);
  const record::BatchNoise& trained = batch_noise_of(analysed, "iid_distinct", 32);
  EXPECT_EQ(trained.step_gain_status, "ok");
  EXPECT_NEAR(*trained.step_gain, 100.0 / 60, 0.05);
  EXPECT_EQ(batch_noise_of(analysed, "iid_distinct", 64).step_gain_status, "not_trained");
  add_series(report, 128, 1e6, {1, 1.01, 0.99}, 2000);
  EXPECT_EQ(batch_noise_of(analyse(report), "iid_distinct", 64).step_gain_status, "not_reached");
  EXPECT_FALSE(batch_noise_of(analysed, "iid_replace", 32).step_gain) << "the runs have distinct rows";
  EXPECT_NEAR(*batch_noise_of(analysed, "iid_distinct", 32768).relative_gain, 1, 1e-12) << "all rows have no noise";
}

TEST(Noise, OfMomentsWithoutSamplesStaysExact) {
  record::Report report = empty_report();
  add_moments(report, 0);
  for (const record::Noise& row : analyse(report).noise) {
    EXPECT_TRUE(row.predicted_variance);
    EXPECT_FALSE(row.measured_variance);
    EXPECT_FALSE(row.law_slope);
  }
}

TEST(Scaling, FitsTheUniversalLawOnlyWithEnoughThreadCounts) {
  const auto scaled = [](std::initializer_list<int> counts) {
    record::Report report = empty_report();
    add_series(report, 32, 100, {1});
    for (const int p : counts)
      for (int i = 0; i < 5; ++i)
        add_timing(report, "w/sgd/32", 32, p, i, {1e-3 * (1 + 0.05 * (p - 1) + 0.001 * p * (p - 1)) / p});
    return analyse(report).scaling;
  };
  const auto many = scaled({1, 2, 4, 8, 16, 32, 64});
  ASSERT_EQ(many.size(), 1U);
  EXPECT_EQ(many[0].fit_status, "ok");
  EXPECT_NEAR(*many[0].usl_sigma, 0.05, 1e-6);
  EXPECT_NEAR(*many[0].usl_best_threads, 30.82, 0.01);
  const auto two = scaled({1, 2});
  EXPECT_EQ(two[0].fit_status, "too_few");
  EXPECT_NEAR(*two[0].karp_flatt, 0.052, 1e-9);
  EXPECT_NEAR(*two[0].amdahl_serial, 0.052, 1e-9);
  EXPECT_FALSE(two[0].usl_sigma);
  EXPECT_TRUE(scaled({1}).empty());
}

}  // namespace
}  // namespace descent::analysis
