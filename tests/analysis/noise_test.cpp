#include <gtest/gtest.h>

#include <cmath>

#include "analysis/make_report.hpp"
#include "descent/analysis/analyse.hpp"
#include "descent/core/random.hpp"

namespace descent {
namespace {

using testing::add_series;
using testing::add_timing;
using testing::empty_report;

constexpr int kDimensions = 20;
constexpr double kTrace = 40, kSignal = 5;  // trΣ, |G|²

/// Moments at one checkpoint with Gaussian gradient noise of covariance c_B·(kTrace/kDimensions)·I about a gradient of
/// squared length kSignal.
void add_moments(Report& report, std::size_t samples, double signal = kSignal) {
  const double n = 65536;
  for (const char* const sampling : {"iid_replace", "iid_distinct"})
    for (std::int64_t batch = 1; batch <= 65536; batch *= 4) {
      const auto b = static_cast<double>(batch);
      const double factor = sampling == std::string("iid_replace") ? 1 / b : (n - b) / (b * (n - 1));
      Moment moment;
      moment.workload = "w", moment.checkpoint = "0.01", moment.delta = 0.01, moment.batch = batch,
      moment.sampling = sampling;
      moment.trace_covariance = kTrace, moment.gradient_norm_squared = signal;
      moment.curvature_gradient = 2, moment.curvature_covariance = 8;
      CounterRandom random(static_cast<std::uint64_t>(batch), Purpose::data, sampling == std::string("iid_replace"));
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
  Report report = empty_report();
  add_moments(report, 64);
  const Report analysed = analyse(report);
  ASSERT_EQ(analysed.noise.size(), report.moments.size());
  int inside = 0, cells = 0;
  for (const Noise& row : analysed.noise) {
    EXPECT_LE(*row.law_slope_low, 1);
    EXPECT_GE(*row.law_slope_high, 1);
    EXPECT_NEAR(*row.law_slope, 1, 0.02);
    EXPECT_NEAR(*row.noise_scale, kTrace / kSignal, 1e-12);
    EXPECT_NEAR(*row.noise_scale_curvature, 4, 1e-12);
    ++cells, inside += *row.measured_low <= *row.predicted_variance && *row.predicted_variance <= *row.measured_high;
  }
  EXPECT_GE(inside, cells - 3) << "of " << cells;
  const Noise& last = analysed.noise.back();  // distinct, batch n: the whole gradient
  EXPECT_EQ(*last.predicted_variance, 0);
  EXPECT_EQ(*last.measured_variance, 0);
  EXPECT_FALSE(last.signal_to_noise);
  EXPECT_NEAR(*last.uphill_threshold_lr, 2 * kSignal / 2, 1e-12);
  EXPECT_NEAR(*analysed.noise.front().uphill_threshold_lr, 2 * kSignal / (2 + 8), 1e-12);
}

TEST(Noise, ScaleFromTwoBatchesIsTheExactOne) {
  Report report = empty_report();
  add_moments(report, 64);
  int covered = 0, resolved = 0;
  for (const Noise& row : analyse(report).noise)
    if (row.noise_scale_two_batch_low) {
      ++resolved;
      covered += *row.noise_scale_two_batch_low <= 8 && 8 <= *row.noise_scale_two_batch_high;
    }
  EXPECT_GE(resolved, 10);
  EXPECT_GE(covered, resolved - 3) << "of " << resolved;
}

TEST(Noise, ScaleIsUnresolvedWhereTheGradientDrowns) {
  Report report = empty_report();
  add_moments(report, 16, 1e-9);
  const Report analysed = analyse(report);
  EXPECT_EQ(analysed.noise.front().noise_scale_status, "unresolved");
  EXPECT_FALSE(analysed.noise.front().noise_scale_two_batch);
}

TEST(Noise, OfMomentsWithoutSamplesStaysExact) {
  Report report = empty_report();
  add_moments(report, 0);
  for (const Noise& row : analyse(report).noise) {
    EXPECT_TRUE(row.predicted_variance);
    EXPECT_FALSE(row.measured_variance);
    EXPECT_FALSE(row.law_slope);
  }
}

TEST(Scaling, FitsTheUniversalLawOnlyWithEnoughThreadCounts) {
  const auto scaled = [](std::initializer_list<int> counts) {
    Report report = empty_report();
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
}  // namespace descent
