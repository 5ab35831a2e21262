#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>

#include "descent/data/source.hpp"
#include "descent/engine/engine.hpp"
#include "descent/engine/linear_objective.hpp"
#include "descent/solve/optimum.hpp"
#include "descent/train/moments.hpp"
#include "descent/train/train.hpp"
#include "record/words.hpp"
#include "train/brute.hpp"
#include "train/moment_pass.hpp"

namespace descent::train {
namespace {

using testing::BruteForce;
using testing::make_dataset;
using testing::make_weights;

machine::Team& team() {
  static machine::Team one({.threads = 1, .pin = false});
  return one;
}

Eigen::MatrixXd matrix(const std::vector<double>& values, std::size_t p) {
  return Eigen::Map<const Eigen::MatrixXd>(values.data(), static_cast<Eigen::Index>(p), static_cast<Eigen::Index>(p));
}

record::Moment one_moment(const data::Dataset& data, const loss::Loss& loss, double l2, const std::vector<float>& w,
                          double flops, std::uint64_t seed = 0) {
  MomentsRequest request;
  request.batches = {1};
  request.samplings = {Sampling::iid_replace};
  request.curvature_flops = flops;
  request.seed = seed;
  return measure_moments(data, loss, l2, w, team(), request)[0];
}

TEST(Curvature, EqualsThatOfFiniteDifferences) {
  for (const char* name : {"softmax_cross_entropy", "logistic", "exponential", "sigmoid"}) {
    const data::Dataset data = make_dataset(40, 4, 3);
    const auto loss = loss::make_loss(name);
    const auto w = make_weights(12);
    const BruteForce brute(data, *loss, 0.05, w);
    const Eigen::MatrixXd h = brute.hessian(), sigma = brute.covariance();
    const Eigen::Map<const Eigen::VectorXd> g(brute.mean.data(), 12);
    const record::Moment moment = one_moment(data, *loss, 0.05, w, 1e12);
    EXPECT_TRUE(std::abs(*moment.curvature_gradient / (g.transpose() * h * g)(0) - 1) <= 1e-6) << name;
    EXPECT_TRUE(std::abs(*moment.curvature_covariance / (h * sigma).trace() - 1) <= 1e-6) << name;
    EXPECT_FALSE(moment.curvature_covariance_error.has_value());
    const DenseMoments dense = dense_moments(MomentPass(data, *loss, 0.05, w, team()));
    EXPECT_TRUE((matrix(dense.hessian, 12) - h).norm() <= 1e-6 * h.norm()) << name;
    EXPECT_TRUE((matrix(dense.covariance, 12) - sigma).norm() <= 1e-10 * sigma.norm()) << name;
  }
}

TEST(Curvature, SampledTraceIsUnbiasedAndKnowsItsError) {
  const data::Dataset data = make_dataset(600, 7, 3);
  for (const char* name : {"softmax_cross_entropy", "squared_hinge"}) {
    const auto loss = loss::make_loss(name);
    const auto w = make_weights(21);
    const double exact = *one_moment(data, *loss, 0.01, w, 1e12).curvature_covariance;
    constexpr int seeds = 100;
    double sum = 0, squares = 0;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      const record::Moment moment = one_moment(data, *loss, 0.01, w, 100 * 100 * 40, seed);
      ASSERT_TRUE(moment.curvature_covariance_error.has_value());
      const double z = (*moment.curvature_covariance - exact) / *moment.curvature_covariance_error;
      sum += z;
      squares += z * z;
    }
    // 0.4 is four standard errors.
    EXPECT_TRUE(std::abs(sum / seeds) <= 0.4) << name << ": " << sum / seeds;
    EXPECT_TRUE(squares / seeds >= 0.4 && squares / seeds <= 1.6) << name << ": " << squares / seeds;
  }
}

// A sample may miss rows that are rare and have large gradients. With 8 parameters, the dense matrices cost less than a
// sample.
TEST(Curvature, TheTraceIsExactWhereThatIsCheaperThanItsSample) {
  const data::Dataset data = make_dataset(2000, 8, 2);
  const auto loss = loss::make_loss("squared_hinge");
  const auto w = make_weights(8);
  const BruteForce brute(data, *loss, 0.01, w);
  const double exact = (brute.hessian() * brute.covariance()).trace();
  const record::Moment moment = one_moment(data, *loss, 0.01, w, 2e6);
  EXPECT_FALSE(moment.curvature_covariance_error) << "all pairs of 2,000 rows would take more than 2e6 flops";
  EXPECT_TRUE(std::abs(*moment.curvature_covariance / exact - 1) <= 1e-6) << *moment.curvature_covariance;
  MomentsRequest request;
  request.curvature_flops = 2e6;
  EXPECT_TRUE(takes_dense_curvature(data, *loss, request));
  EXPECT_FALSE(takes_dense_curvature(make_dataset(4, 1100, 2), *loss, request)) << "the matrices are too large";
}

TEST(Curvature, LossesWithKinksHaveNone) {
  const data::Dataset data = make_dataset(300, 5, 2);
  MomentsRequest request;
  request.batches = {8};
  request.rates = {0.5};
  for (const char* name : {"hinge", "absolute", "multiclass_svm"}) {
    const auto loss = loss::make_loss(name);
    const auto w = make_weights(loss->outputs(2) * 5);
    for (const record::Moment& moment : measure_moments(data, *loss, 0.02, w, team(), request)) {
      EXPECT_FALSE(moment.curvature_gradient || moment.curvature_covariance || moment.lyapunov_floor) << name;
      EXPECT_EQ(moment.curvature_status, "kinked");
      EXPECT_EQ(moment.lyapunov_status, "kinked");
      EXPECT_TRUE(moment.simple_floor && moment.trace_covariance > 0);
    }
  }
}

TEST(Curvature, SaysWhyThereIsNoFloorFromTheLyapunovEquation) {
  const data::Dataset data = make_dataset(100, 4, 2);
  const auto loss = loss::make_loss("logistic");
  MomentsRequest request;
  request.batches = {8};
  const auto status = [&] {
    return measure_moments(data, *loss, 0.01, make_weights(4), team(), request)[0].lyapunov_status;
  };
  EXPECT_EQ(status(), "none");
  request.rates = {0.1};
  EXPECT_EQ(status(), "ok");
  request.rates = {1e6};
  EXPECT_EQ(status(), "unstable_rate");
  request.lyapunov = false;
  EXPECT_EQ(status(), "cost");
  request.lyapunov_parameters = 3;
  EXPECT_EQ(status(), "size");
}

TEST(StationaryNoise, SolvesTheLyapunovEquation) {
  const Eigen::Matrix2d h{{1.0, 0.3}, {0.3, 0.4}}, sigma{{0.7, -0.2}, {-0.2, 0.5}};
  const double rate = 0.6, factor = 0.25;
  const Eigen::Matrix2d step = Eigen::Matrix2d::Identity() - rate * h;
  Eigen::Matrix2d v = Eigen::Matrix2d::Zero();
  for (int k = 0; k < 2000; ++k) v = (step * v * step + rate * rate * factor * sigma).eval();
  const StationaryNoise noise(std::span(h.data(), 4), std::span(sigma.data(), 4), 2);
  EXPECT_TRUE(std::abs(*noise.floor(rate, factor) - 0.5 * (h * v).trace()) <= 1e-14);
  EXPECT_FALSE(noise.floor(1.9, factor).has_value());  // 1.9 λ₁ > 2: the steps have no stationary state
}

// In one dimension, with the gradient variance h²σ²: ½ h Var w∞ = α h² σ² / (2 B (2 − αh)).
TEST(StationaryNoise, IsThatOfTheLine) {
  const double h = 1, variance = 3.5;
  const StationaryNoise noise(std::span(&h, 1), std::span(&variance, 1), 1);
  EXPECT_TRUE(std::abs(*noise.floor(0.1, 1) - 0.1842105263 / 2) <= 1e-10);
  EXPECT_TRUE(std::abs(*noise.floor(0.5, variance_factor(Sampling::iid_replace, 4, 2)) - 0.5833333333 / 2) <= 1e-10);
  EXPECT_TRUE(std::abs(*noise.floor(0.5, variance_factor(Sampling::iid_distinct, 4, 2)) - 0.3888888889 / 2) <= 1e-10);
}

// Source: computed outside this program (docs/decisions/0021). synthA, logistic, no bias, l2 = .01, α = .5, B = 8 gives
// 3.390e-3 by the Lyapunov equation, 3.329e-3 by the simple formula and 3.43e-3 in a simulation. The rows of a batch
// are distinct; with the factor 1/B it would be 3.514e-3.
TEST(StationaryNoise, FloorsOfSynthA) {
  const data::Split split =
      data::load("synthetic:synthA?task=binary", {.preprocess = "", .bias = false, .validation_fraction = 0});
  const auto loss = loss::make_loss("logistic");
  const solve::Optimum optimum = solve::solve_optimum(split.training, *loss, 0.01, team(), {});
  EXPECT_TRUE(std::abs(*optimum.value - .4571855103577) <= 2e-9);  // float32 features: the ninth digit differs
  MomentsRequest request;
  request.batches = {8};
  request.rates = {0.5};
  request.samplings = {Sampling::iid_distinct};
  const std::vector<float> w(optimum.weights.begin(), optimum.weights.end());
  const record::Moment moment = measure_moments(split.training, *loss, 0.01, w, team(), request)[0];
  EXPECT_TRUE(std::abs(*moment.lyapunov_floor - 3.390e-3) <= 1e-6) << *moment.lyapunov_floor;
  EXPECT_TRUE(std::abs(*moment.simple_floor - 3.329e-3) <= 1e-6) << *moment.simple_floor;

  const auto engine = engine::make_engine("reference");
  engine::LinearObjective objective(split, *loss, 0.01, *engine, team());
  TrainOptions options;
  options.sampling = Sampling::iid_distinct;
  options.batch = 8;
  options.schedule.base = 0.5;
  options.max_steps = 100000;
  options.hash_weights = false;
  options.seed = 3;
  options.metrics = Metrics::value;
  options.grid = [](std::size_t point) { return 8 * static_cast<std::int64_t>(point); };
  double sum = 0;
  std::int64_t count = 0;
  options.observe = [&](std::int64_t step, std::span<const float>, const engine::Evaluation& evaluation) {
    if (step >= 1000) sum += evaluation.value, ++count;
  };
  train(objective, *make_optimizer("sgd"), options);
  // The slowest mode (λ near .09) is forgotten after about 20 steps, so that the standard error is about 1 %.
  EXPECT_TRUE(std::abs((sum / static_cast<double>(count) - *optimum.value) / 3.43e-3 - 1) <= 0.05);
}

}  // namespace
}  // namespace descent::train
