#include <gtest/gtest.h>

#include <cmath>

#include "descent/engine/factorisation_objective.hpp"
#include "engine/make_problem.hpp"

namespace descent::engine {
namespace {

double oracle(const data::Dataset& data, double l2, std::size_t rank, std::span<const double> w,
              std::span<const std::uint32_t> rows) {
  const std::size_t d = factorised_features(data), n = rows.empty() ? data.rows() : rows.size();
  const double* const v = w.data() + data.rows() * rank;
  double sum = 0, squares = 0;
  for (const double weight : w) squares += weight * weight;
  for (std::size_t r = 0; r < n; ++r) {
    const std::size_t i = rows.empty() ? r : rows[r];
    for (std::size_t j = 0; j < d; ++j) {
      double residual = -data.features(i, j);
      for (std::size_t k = 0; k < rank; ++k) residual += v[j * rank + k] * w[i * rank + k];
      sum += 0.5 * residual * residual;
    }
  }
  return sum / static_cast<double>(n) + 0.5 * l2 * squares;
}

TEST(Factorisation, GradientMatchesFiniteDifferencesOfPlainLoops) {
  data::Dataset data = testing::make_dataset(160, 7, 2);
  data.has_bias = true;  // the last column is the bias, which is not a feature
  machine::Team team({1, false});
  const auto objective = make_factorisation(data, 0.02, 3, team);
  std::vector<float> w(objective->parameters()), g(w.size());
  ASSERT_EQ(w.size(), (160U + 6U) * 3);
  objective->initial(3, w);
  std::vector<double> at(w.begin(), w.end());
  // All rows; some rows; and rows that occur twice, also on both sides of the end of a chunk of 128.
  std::vector<std::uint32_t> twice(160);
  for (std::size_t r = 0; r < twice.size(); ++r) twice[r] = static_cast<std::uint32_t>((r + 1) / 2);
  for (const std::vector<std::uint32_t>& rows : {std::vector<std::uint32_t>{}, testing::make_rows(160, 9, 1), twice}) {
    const double value = objective->gradient(w, rows, g), expected = oracle(data, 0.02, 3, at, rows);
    EXPECT_TRUE(std::abs(value - expected) <= 2e-6 * expected);
    for (std::size_t j = 0; j < w.size(); j += 5) {
      constexpr double kStep = 1e-4;
      const double here = at[j];
      at[j] = here + kStep;
      const double above = oracle(data, 0.02, 3, at, rows);
      at[j] = here - kStep;
      const double below = oracle(data, 0.02, 3, at, rows);
      at[j] = here;
      EXPECT_TRUE(std::abs((above - below) / (2 * kStep) - g[j]) <= 2e-6) << j;
    }
  }
}

TEST(Factorisation, SameBitsAtAnyNumberOfThreads) {
  const data::Dataset data = testing::make_dataset(1000, 12, 2);
  const auto gradient = [&](int threads) {
    machine::TeamOptions options;
    options.threads = threads, options.pin = false, options.oversubscribe = true;
    machine::Team team(options);
    const auto objective = make_factorisation(data, 1e-3, 4, team);
    std::vector<float> w(objective->parameters()), g(w.size());
    objective->initial(1, w);
    objective->gradient(w, {}, g);
    return g;
  };
  const std::vector<float> one = gradient(1);
  EXPECT_EQ(gradient(2), one);
  EXPECT_EQ(gradient(3), one);
}

}  // namespace
}  // namespace descent::engine
