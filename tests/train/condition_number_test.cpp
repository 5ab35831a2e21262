#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "descent/train/landscape.hpp"
#include "descent/train/optimizer.hpp"

// How steps grow with the condition number κ, at the best rates and β for a quadratic with the eigenvalues 1 and κ.
// Gradient descent needs steps in proportion to κ, the heavy ball and Nesterov's method in proportion to √κ.

namespace descent::train {
namespace {

constexpr double kClose = 1e-4;  // as a share of the distance at the start, for both weights

/// The number of steps from (1, 1) until both weights are within kClose.
int steps_on_ravine(double kappa, const std::string& method, double rate) {
  const auto ravine = make_landscape(fmt::format("ravine(kappa={})", kappa));
  const auto optimizer = make_optimizer(method);
  std::array<float, 2> w{1, 1};
  std::vector<float> state(optimizer->state_size(*ravine));
  engine::StepSequence one;
  one.rates = {&rate, 1};
  int steps = 0;
  for (; steps < 100'000 && std::max(std::abs(w[0]), std::abs(w[1])) > kClose; ++steps) {
    one.first_step = static_cast<std::uint64_t>(steps);
    optimizer->advance(*ravine, one, w, state);
  }
  return steps;
}

/// The least k ≥ 1 for which the weight that theory gives after k steps is within kClose.
int steps_of(const std::function<double(double k)>& weight) {
  int k = 1;
  while (std::abs(weight(k)) > kClose) ++k;
  return k;
}

struct Measured {
  double found, expected;
};

// Both weights shrink by (κ − 1) / (κ + 1) in each step (Nesterov 2004, §2.1).
Measured descent(double kappa) {
  const double ratio = (kappa - 1) / (kappa + 1);
  return {static_cast<double>(steps_on_ravine(kappa, "gd", 2 / (kappa + 1))),
          static_cast<double>(steps_of([&](double k) { return std::pow(ratio, k); }))};
}

// √β is a double root for one weight and −√β for the other, and w₁ = 1 − αh (Polyak 1964).
Measured heavy_ball(double kappa) {
  const double root = (std::sqrt(kappa) - 1) / (std::sqrt(kappa) + 1), rate = 4 / std::pow(std::sqrt(kappa) + 1, 2);
  const auto weight = [&](double k) {
    const double x = std::pow(root, k) * (1 + k * ((1 - rate) / root - 1)),
                 y = std::pow(root, k) * (1 + k * ((rate * kappa - 1) / root - 1));
    return std::max(std::abs(x), std::abs(y));
  };
  return {static_cast<double>(steps_on_ravine(kappa, fmt::format("momentum(beta={:.17g})", root * root), rate)),
          static_cast<double>(steps_of(weight))};
}

// At the rate 1/κ, 1 − 1/√κ is a double root for x, and y is 0 after one step (Nesterov 2004, §2.2).
Measured nesterov(double kappa) {
  const double root = 1 - 1 / std::sqrt(kappa), beta = (std::sqrt(kappa) - 1) / (std::sqrt(kappa) + 1);
  // This is w₁ = w₀ − α (1 + β) h w₀, since the method's sum of gradients starts at 0.
  const double first = 1 - (1 + beta) / kappa;
  return {static_cast<double>(steps_on_ravine(kappa, fmt::format("nesterov(beta={:.17g})", beta), 1 / kappa)),
          static_cast<double>(steps_of([&](double k) { return std::pow(root, k) * (1 + k * (first / root - 1)); }))};
}

/// The power of κ with which the steps grow from κ = 100 to 10,000. Both numbers of steps have to be what theory says,
/// to 2 %.
double power(Measured (*method)(double kappa)) {
  const Measured low = method(100), high = method(10'000);
  for (const Measured& at : {low, high})
    EXPECT_TRUE(std::abs(at.found / at.expected - 1) <= 0.02) << at.found << " steps; expected " << at.expected;
  return std::log10(high.found / low.found) / 2;
}

TEST(ConditionNumber, GradientDescentPaysForItAndMomentumForItsRoot) {
  EXPECT_TRUE(std::abs(power(descent) - 1) <= 0.01);
  // With a double root, weights shrink as k · rootᵏ. The factor k adds a logarithm to the steps, so that the power is a
  // little above 1/2.
  EXPECT_TRUE(std::abs(power(heavy_ball) - 0.53) <= 0.02);
  EXPECT_TRUE(std::abs(power(nesterov) - 0.51) <= 0.02);
}

}  // namespace
}  // namespace descent::train
