#include <gtest/gtest.h>

#include <cmath>

#include "descent/engine/linear_objective.hpp"
#include "descent/train/optimizer.hpp"
#include "engine/make_problem.hpp"

// Methods that remember something, with steps on one row, for which the engine `fused` has kernels of its own.

namespace descent::train {
namespace {

constexpr std::size_t kSteps = 20;

/// What a method remembers for one weight, in double.
struct Memory {
  double first = 0, second = 0;
};

/// How far a weight moves at step t = 1, 2, … for the gradient g and the rate 1, by the formulas in docs/methods.md.
double heavy_ball(double g, int /*t*/, Memory& memory) { return memory.first = 0.9 * memory.first + g; }
double nesterov(double g, int t, Memory& memory) { return g + 0.9 * heavy_ball(g, t, memory); }
double adam(double g, int t, Memory& memory) {
  memory.first = 0.9 * memory.first + 0.1 * g;
  memory.second = 0.999 * memory.second + 0.001 * g * g;
  const double mean = memory.first / (1 - std::pow(0.9, t)), square = memory.second / (1 - std::pow(0.999, t));
  return mean / (std::sqrt(square) + 1e-8);
}

struct Method {
  const char* name;
  double rate;
  double (*move)(double g, int t, Memory& memory);
};

/// The weights after kSteps steps on one row each, computed in double with the losses' oracles.
std::vector<double> expected_weights(const engine::LinearProblem& problem, const Method& method,
                                     std::span<const std::uint32_t> rows) {
  const std::size_t d = problem.data.width(), classes = problem.outputs();
  std::vector<double> w(classes * d), scores(classes), slope(classes);
  std::vector<Memory> memory(w.size());
  for (std::size_t s = 0; s < rows.size(); ++s) {
    const std::vector<float> x = problem.data.features.row_values(rows[s]);
    for (std::size_t k = 0; k < classes; ++k) {
      scores[k] = 0;
      for (std::size_t j = 0; j < d; ++j) scores[k] += w[k * d + j] * x[j];
    }
    problem.loss.gradient(scores, problem.data.labels[rows[s]], slope);
    for (std::size_t k = 0; k < classes; ++k)
      for (std::size_t j = 0; j < d; ++j) {
        const std::size_t at = k * d + j;
        const double g = slope[k] * x[j] + problem.l2 * w[at];
        w[at] -= method.rate * method.move(g, static_cast<int>(s) + 1, memory[at]);
      }
  }
  return w;
}

TEST(SingleRows, RulesWithAMemoryWalkAsTheirFormulasDo) {
  const data::Dataset data = engine::testing::make_dataset(50, 803, 3), none;
  const auto loss = loss::make_loss("softmax_cross_entropy");
  const engine::LinearProblem problem{data, *loss, 1e-2};
  const std::vector<std::uint32_t> rows = engine::testing::make_rows(50, 1, kSteps);
  const auto fused = engine::make_engine("fused");
  if (!fused->unavailable().empty()) GTEST_SKIP() << fused->unavailable();
  for (const Method& method : {Method{"momentum(beta=0.9)", 0.01, heavy_ball},
                               Method{"nesterov(beta=0.9)", 0.01, nesterov}, Method{"adam", 0.01, adam}}) {
    const std::vector<double> expected = expected_weights(problem, method, rows);
    for (const int threads : {1, 2}) {
      machine::Team team({.threads = threads, .pin = false, .oversubscribe = true});
      engine::LinearObjective objective(data, none, *loss, problem.l2, *fused, team);
      const auto optimizer = make_optimizer(method.name);
      std::vector<float> w(objective.parameters()), state(optimizer->state_size(objective));
      const std::vector<double> rates(kSteps, method.rate);
      // The steps are taken in two calls, and what the method remembers has to be passed on to the second.
      engine::StepSequence steps;
      steps.rows = rows, steps.batch = 1, steps.rates = rates;
      optimizer->advance(objective, steps.part(0, 7), w, state);
      optimizer->advance(objective, steps.part(7, kSteps - 7), w, state);
      double worst = 0;
      for (std::size_t j = 0; j < w.size(); ++j) worst = std::max(worst, std::abs(w[j] - expected[j]));
      EXPECT_TRUE(worst <= 2e-5) << method.name << " on " << threads << " threads: off by " << worst;
    }
  }
}

}  // namespace
}  // namespace descent::train
