#include <gtest/gtest.h>

#include <cmath>

#include "descent/engine/factorisation_objective.hpp"
#include "descent/engine/network_objective.hpp"
#include "descent/solve/symmetric_eigen.hpp"
#include "descent/train/curvature.hpp"
#include "descent/train/landscape.hpp"
#include "engine/make_problem.hpp"

namespace descent::train {
namespace {

TEST(CurvatureAt, IsThatOfALandscapesHessian) {
  for (const char* name : {"strict_saddle", "himmelblau", "product", "rosenbrock"}) {
    const auto landscape = make_landscape(name);
    const std::vector<float> w{0.4F, 0.3F};
    const Landscape::Hessian exact = landscape->hessian_at({w[0], w[1]});
    const Curvature found = *curvature_at(*landscape, w, {});
    const double scale = std::max(std::abs(exact.least_eigenvalue()), std::abs(exact.largest_eigenvalue()));
    EXPECT_TRUE(std::abs(found.least - exact.least_eigenvalue()) <= 2e-3 * scale) << name << " " << found.least;
    EXPECT_TRUE(std::abs(found.most - exact.largest_eigenvalue()) <= 2e-3 * scale) << name;
    const Landscape::Point v = exact.least_direction();
    EXPECT_TRUE(std::abs(std::abs(v[0] * found.direction[0] + v[1] * found.direction[1]) - 1) <= 1e-3) << name;
  }
}

// At U = V = 0, the Hessian of ½‖UVᵀ − M‖²/n consists of blocks −M/n beside the diagonal. Its eigenvalues are ± σ/n,
// for each singular value σ of M.
TEST(CurvatureAt, AtTheSaddleOfAFactorisationItIsTheLargestSingularValue) {
  data::Dataset data;
  data.features = core::Matrix<float>(4, 3);
  data.features(0, 0) = 3, data.features(1, 1) = 2, data.features(3, 2) = 5;
  data.labels = {0, 1, 0, 1}, data.classes = 2;
  machine::Team team({1, false});
  const auto objective = engine::make_factorisation(data, 0, 2, team);
  const std::vector<float> w(objective->parameters());
  const Curvature found = *curvature_at(*objective, w, {});
  EXPECT_TRUE(std::abs(found.least + 5.0 / 4) <= 2e-3) << found.least;
  EXPECT_TRUE(std::abs(found.most - 5.0 / 4) <= 2e-3) << found.most;
}

// Compares with the whole Hessian of a small network, which is computed column by column.
TEST(CurvatureAt, IsTheEndOfTheWholeSpectrumOfANetwork) {
  const data::Dataset data = engine::testing::make_dataset(80, 4, 3), none;
  const auto loss = loss::make_loss("softmax_cross_entropy");
  machine::Team team({1, false});
  const auto network = engine::make_network(data, none, *loss, 0, {5, engine::Activation::tanh}, team);
  const std::size_t p = network->parameters();
  std::vector<float> w(p), up(p), down(p);
  network->initial(1, w);
  std::vector<double> hessian(p * p);
  for (std::size_t j = 0; j < p; ++j) {
    constexpr float kStep = 5e-3F;
    std::vector<float> moved = w;
    moved[j] = w[j] + kStep;
    network->gradient(moved, {}, up);
    moved[j] = w[j] - kStep;
    network->gradient(moved, {}, down);
    for (std::size_t i = 0; i < p; ++i) hessian[j * p + i] = (up[i] - down[i]) / (2.0 * kStep);
  }
  const std::vector<double> values = solve::symmetric_eigen(hessian, p, false).values;
  const Curvature found = *curvature_at(*network, w, {}, 60);
  EXPECT_LT(values.front(), 0) << "the loss has to be non-convex at these weights";
  EXPECT_TRUE(std::abs(found.most - values.back()) <= 5e-3 * values.back()) << found.most;
  EXPECT_TRUE(std::abs(found.least - values.front()) <= 0.02 * values.back()) << found.least << " " << values.front();
}

TEST(NoiseAlong, IsTheVarianceOfTheRowsOwnGradients) {
  const data::Dataset data = engine::testing::make_dataset(30, 4, 3), none;
  const auto loss = loss::make_loss("softmax_cross_entropy");
  machine::Team team({1, false});
  const auto network = engine::make_network(data, none, *loss, 0, {3, engine::Activation::tanh}, team);
  std::vector<float> w(network->parameters()), g(w.size());
  network->initial(1, w);
  std::vector<double> direction(w.size()), entry;
  direction[2] = 1;
  std::vector<std::uint32_t> rows;
  for (std::uint32_t i = 0; i < 30; ++i) {
    rows.push_back(i);
    network->gradient(w, std::vector<std::uint32_t>{i}, g);
    entry.push_back(g[2]);
  }
  double mean = 0, variance = 0;
  for (const double value : entry) mean += value / 30;
  for (const double value : entry) variance += (value - mean) * (value - mean) / 30;
  EXPECT_TRUE(std::abs(noise_along(*network, w, rows, direction) - variance) <= 1e-9);
  EXPECT_TRUE(variance > 1e-6);
}

}  // namespace
}  // namespace descent::train
