#include "descent/train/moments.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "descent/core/error.hpp"
#include "descent/core/random.hpp"
#include "record/words.hpp"
#include "train/brute.hpp"

namespace descent::train {
namespace {

using testing::BruteForce;
using testing::make_dataset;
using testing::make_weights;

const char* const kLosses[]{"softmax_cross_entropy", "multiclass_svm", "logistic",
                            "squared_hinge",         "squared",        "sigmoid"};

machine::Team& team() {
  static machine::Team one({.threads = 1, .pin = false});
  return one;
}

bool close(double found, double expected, double relative = 1e-10) {
  return std::abs(found - expected) <= relative * std::abs(expected) + 1e-14;
}

TEST(ExactMoments, EqualThoseOfStoredGradients) {
  for (const char* name : kLosses)
    for (const int classes : {2, 4}) {
      const data::Dataset data = make_dataset(113, 6, classes);
      const auto loss = loss::make_loss(name);
      const auto w = make_weights(loss->outputs(classes) * 6);
      const BruteForce brute(data, *loss, 0.03, w);
      const ExactMoments exact = exact_moments(data, *loss, 0.03, w, team());
      EXPECT_TRUE(close(exact.trace_covariance, brute.trace_covariance())) << name;
      EXPECT_TRUE(close(exact.gradient_norm_squared, brute.norm_squared(brute.mean))) << name;
      EXPECT_TRUE(close(exact.loss_variance, brute.loss_variance)) << name;
      EXPECT_TRUE(close(exact.value, brute.value)) << name;
      for (std::size_t j = 0; j < w.size(); ++j) EXPECT_TRUE(close(exact.gradient[j], brute.mean[j], 1e-9)) << name;
    }
}

// Takes all batches of two rows. Their mean squared deviation obeys the variance law: with the factor c_B, not 1/B, if
// the rows are distinct.
TEST(ExactMoments, EnumeratedBatchesObeyTheVarianceLaw) {
  constexpr std::size_t n = 5;
  const data::Dataset data = make_dataset(n, 4, 3);
  const auto loss = loss::make_loss("softmax_cross_entropy");
  const auto w = make_weights(12);
  const BruteForce brute(data, *loss, 0.1, w);
  const double trace = exact_moments(data, *loss, 0.1, w, team()).trace_covariance;
  double distinct = 0, replaced = 0, distinct_norm = 0;
  const std::size_t pairs = n * (n - 1) / 2;
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = 0; b < n; ++b) {
      const std::vector<double> g = brute.batch({a, b});
      replaced += brute.distance_squared(g) / (n * n);
      if (a < b) distinct += brute.distance_squared(g) / static_cast<double>(pairs);
      if (a < b) distinct_norm += brute.norm_squared(g) / static_cast<double>(pairs);
    }
  EXPECT_TRUE(close(variance_factor(Sampling::iid_replace, n, 2), 1.0 / 2));
  EXPECT_TRUE(close(variance_factor(Sampling::iid_distinct, n, 2), 3.0 / 8));
  EXPECT_EQ(variance_factor(Sampling::iid_distinct, n, n), 0);
  EXPECT_TRUE(close(replaced, variance_factor(Sampling::iid_replace, n, 2) * trace));
  EXPECT_TRUE(close(distinct, variance_factor(Sampling::iid_distinct, n, 2) * trace));
  // The two-batch estimator on exact expectations, for batches of 1 and 2 rows (docs/methodology.md, "Noise"). It is
  // unbiased with the factors c₁ = 1 and c₂, and not with 1/B.
  double single_norm = 0;
  for (std::size_t a = 0; a < n; ++a) single_norm += brute.norm_squared(brute.batch({a})) / n;
  const double c1 = variance_factor(Sampling::iid_distinct, n, 1), c2 = variance_factor(Sampling::iid_distinct, n, 2);
  EXPECT_TRUE(close((single_norm - distinct_norm) / (c1 - c2), trace));
  EXPECT_TRUE(close((c1 * distinct_norm - c2 * single_norm) / (c1 - c2), brute.norm_squared(brute.mean), 1e-9));
  EXPECT_FALSE(close((single_norm - distinct_norm) / (1 - 0.5), trace, 0.1));
}

TEST(MeasuredMoments, SampledVarianceFollowsTheLaw) {
  const data::Dataset data = make_dataset(96, 5, 3);
  const auto loss = loss::make_loss("softmax_cross_entropy");
  const auto w = make_weights(15);
  MomentsRequest request;
  request.batches = {1, 8, 48, 95};
  request.most_batches = 3000;
  request.most_epochs = 1e9;
  request.seed = 5;
  const auto moments = measure_moments(data, *loss, 0.01, w, team(), request);
  ASSERT_EQ(moments.size(), 8U);
  for (const record::Moment& moment : moments) {
    const double factor = variance_factor(moment.sampling, 96, static_cast<std::size_t>(moment.batch));
    const auto count = static_cast<double>(moment.sampled.size());
    double mean = 0, squares = 0;
    for (const double v : moment.sampled) mean += v / count, squares += v * v / count;
    const double error = std::sqrt((squares - mean * mean) / count);
    EXPECT_TRUE(std::abs(mean - factor * moment.trace_covariance) <= 4.5 * error)
        << moment.sampling << ' ' << moment.batch;
    double norm = 0;
    for (const double v : moment.sampled_norm_squared) norm += v / count;
    EXPECT_TRUE(std::abs(norm / (moment.gradient_norm_squared + factor * moment.trace_covariance) - 1) <= 0.1);
  }
}

TEST(MeasuredMoments, CellsAreBounded) {
  const data::Dataset data = make_dataset(100, 3, 2);
  const auto loss = loss::make_loss("logistic");
  MomentsRequest request;
  request.batches = {1, 10, 60, 100};
  request.curvature = false;
  const auto moments = measure_moments(data, *loss, 0, make_weights(3), team(), request);
  const std::size_t counts[]{64, 64, 40, 40, 6, 6, 4, 1};
  for (std::size_t cell = 0; cell < moments.size(); ++cell) {
    EXPECT_EQ(moments[cell].sampled.size(), counts[cell]);
    EXPECT_EQ(moments[cell].sampled_norm_squared.size(), counts[cell]);
    EXPECT_FALSE(moments[cell].curvature_gradient.has_value());
    EXPECT_FALSE(moments[cell].simple_floor.has_value());
  }
  EXPECT_EQ(moments.back().sampling, "iid_distinct");
  // A batch of all rows gives G itself.
  for (const double deviation : moments.back().sampled) EXPECT_TRUE(deviation <= 1e-28);
  request.batches = {101};
  EXPECT_THROW(measure_moments(data, *loss, 0, make_weights(3), team(), request), core::UsageError);
}

// Checkpoints and batch sizes both count up from 1. If the stream of random numbers were chosen by their sum, 1 + 2 and
// 2 + 1 would draw the same rows.
TEST(MeasuredMoments, CellsOfOtherCheckpointsDrawOtherRows) {
  const data::Dataset data = make_dataset(100, 3, 2);
  const auto loss = loss::make_loss("logistic");
  const auto w = make_weights(3);
  MomentsRequest one, other;
  one.batches = {1}, one.seed = 2, other.batches = {2}, other.seed = 1;
  // Batches of one row, from two streams: the drawn rows have to differ.
  const auto a = measure_moments(data, *loss, 0, w, team(), one)[0].sampled;
  one.seed = 1;
  EXPECT_NE(a, measure_moments(data, *loss, 0, w, team(), one)[0].sampled);
  EXPECT_NE(core::SplitMix64(core::SplitMix64(2).next() + 1).next(),
            core::SplitMix64(core::SplitMix64(1).next() + 2).next());
}

TEST(MeasuredMoments, LeavesOutWhatItIsToldTo) {
  const data::Dataset data = make_dataset(100, 3, 2);
  const auto loss = loss::make_loss("logistic");
  MomentsRequest request;
  request.batches = {1, 10};
  request.unsampled = {10};
  request.curvature = false;
  const auto moments = measure_moments(data, *loss, 0, make_weights(3), team(), request);
  EXPECT_EQ(moments[0].sampled.size(), 64U);
  EXPECT_TRUE(moments[2].sampled.empty());
  EXPECT_EQ(moments[2].curvature_status, "cost");
  const MomentsCost cost = moments_cost(data, *loss, request);
  EXPECT_EQ(cost.curvature, 0);
  EXPECT_EQ(cost.lyapunov, 0);
  request.unsampled = {1, 10};
  EXPECT_EQ(moments_cost(data, *loss, request).sampled, 0);
  EXPECT_EQ(moments_cost(data, *loss, request).exact, cost.exact);
}

TEST(VarianceFactor, OfOneRow) {
  EXPECT_EQ(variance_factor(Sampling::iid_distinct, 1, 1), 0);
  EXPECT_EQ(variance_factor(Sampling::iid_replace, 1, 1), 1);
  EXPECT_EQ(variance_factor(Sampling::none, 5, 5), 0);
}

TEST(MeasuredMoments, SameBitsForAnyTeam) {
  const data::Dataset data = make_dataset(700, 9, 4);
  const auto loss = loss::make_loss("softmax_cross_entropy");
  const auto w = make_weights(36);
  MomentsRequest request;
  request.batches = {4, 200};
  request.rates = {0.1, 0.2};
  request.curvature_flops = 2e5;
  const auto once = measure_moments(data, *loss, 0.01, w, team(), request);
  for (const int threads : {2, 3, 7}) {
    machine::Team other({.threads = threads, .pin = false, .oversubscribe = true});
    const auto again = measure_moments(data, *loss, 0.01, w, other, request);
    for (std::size_t i = 0; i < once.size(); ++i) {
      EXPECT_EQ(once[i].trace_covariance, again[i].trace_covariance);
      EXPECT_EQ(once[i].sampled, again[i].sampled);
      EXPECT_EQ(once[i].curvature_gradient, again[i].curvature_gradient);
      EXPECT_EQ(once[i].curvature_covariance, again[i].curvature_covariance);
      EXPECT_EQ(once[i].lyapunov_floor, again[i].lyapunov_floor);
    }
  }
}

}  // namespace
}  // namespace descent::train
