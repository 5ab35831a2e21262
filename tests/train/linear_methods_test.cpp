#include <gtest/gtest.h>

#include <cmath>

#include "descent/core/error.hpp"
#include "descent/engine/linear_objective.hpp"
#include "descent/train/model.hpp"
#include "descent/train/train.hpp"
#include "engine/make_problem.hpp"

// saga and hogwild, which ask a linear model for the slopes of its rows.

namespace descent::train {
namespace {

/// Logistic regression on rows of two classes, by the engine `eigen` on one thread.
struct Logistic {
  explicit Logistic(std::size_t n = 200, std::size_t d = 5) : data(engine::testing::make_dataset(n, d, 2)) {}
  std::unique_ptr<engine::Objective> bind() {
    return std::make_unique<engine::LinearObjective>(data, none, *loss, 0.01, *eigen, team);
  }
  Trace run(const std::string& method, double rate, std::int64_t steps, std::size_t batch = 1) {
    const auto objective = bind();
    TrainOptions options;
    options.batch = batch, options.schedule.base = rate, options.max_steps = steps, options.seed = 3;
    options.sampling = Sampling::iid_replace;
    return train(*objective, *make_optimizer(method), options);
  }
  double optimum() { return *solve::solve_optimum(data, *loss, 0.01, team, {}).value; }
  data::Dataset data, none;
  std::unique_ptr<loss::Loss> loss = loss::make_loss("logistic");
  std::unique_ptr<engine::Engine> eigen = engine::make_engine("eigen");
  machine::Team team{{1, false}};
};

TEST(LinearSlopes, MakeTheGradientOfTheBatch) {
  const data::Dataset data = engine::testing::make_dataset(60, 21, 4), none;
  const auto loss = loss::make_loss("softmax_cross_entropy");
  const auto reference = engine::make_engine("reference");
  machine::Team team({1, false});
  engine::LinearObjective objective(data, none, *loss, 0, *reference, team);
  const engine::LinearSlopes& linear = *objective.linear_slopes();
  ASSERT_EQ(linear.outputs(), 4U);
  const std::vector<float> w = engine::testing::make_weights({data, *loss, 0}, 1);
  const std::vector<std::uint32_t> rows = engine::testing::make_rows(60, 7, 1);
  std::vector<float> slopes(7 * 4), sum(w.size()), expected(w.size());
  const double value = linear.slopes(w, rows, slopes);
  linear.add(slopes, rows, sum);
  EXPECT_TRUE(std::abs(value / 7 - objective.gradient(w, rows, expected)) <= 1e-6);
  for (std::size_t j = 0; j < w.size(); ++j) EXPECT_TRUE(std::abs(sum[j] / 7 - expected[j]) <= 1e-6) << j;
}

// The table starts with slopes of 0, so that the first step is that of plain SGD. All steps are computed here from the
// definition of the method, in double: a batch of one row, its gradient and the remembered one.
TEST(Saga, TakesTheStepsOfItsDefinition) {
  Logistic problem(3, 2);
  const auto objective = problem.bind();
  const auto saga = make_optimizer("saga");
  std::vector<float> w(2), state(saga->state_size(*objective)), g(2);
  ASSERT_EQ(state.size(), 2U + 3U);
  const std::vector<std::uint32_t> rows{1, 2, 1};
  const std::vector<double> rates(3, 0.5);
  std::vector<std::vector<double>> table(3, {0, 0});
  std::vector<double> expected{0, 0};
  for (const std::uint32_t row : rows) {
    const std::vector<float> at{static_cast<float>(expected[0]), static_cast<float>(expected[1])};
    objective->gradient(at, std::vector<std::uint32_t>{row}, g);
    std::vector<double> mean{0, 0}, own{g[0] - 0.01 * at[0], g[1] - 0.01 * at[1]};
    for (const auto& kept : table)
      for (int j = 0; j < 2; ++j) mean[static_cast<std::size_t>(j)] += kept[static_cast<std::size_t>(j)] / 3;
    for (std::size_t j = 0; j < 2; ++j) expected[j] -= 0.5 * (own[j] - table[row][j] + mean[j] + 0.01 * expected[j]);
    table[row] = own;
  }
  engine::StepSequence steps;
  steps.rows = rows, steps.batch = 1, steps.rates = rates;
  saga->advance(*objective, steps, w, state);
  for (std::size_t j = 0; j < 2; ++j) EXPECT_TRUE(std::abs(w[j] - expected[j]) <= 1e-6) << w[j] << " " << expected[j];
}

// A row that is drawn twice counts twice in the step. But the method's mean still has to be the mean of its table.
TEST(Saga, TheMeanStaysThatOfTheTableWhereRowsAreDrawnTwice) {
  Logistic problem(4, 3);
  const auto objective = problem.bind();
  const auto saga = make_optimizer("saga");
  std::vector<float> w(3), state(saga->state_size(*objective)), mean(3);
  const std::vector<std::uint32_t> rows{0, 0, 2, 1, 1, 1, 2, 2, 3};
  const std::vector<double> rates(3, 0.3);
  engine::StepSequence steps;
  steps.rows = rows, steps.batch = 3, steps.rates = rates;
  saga->advance(*objective, steps, w, state);
  const std::vector<std::uint32_t> all{0, 1, 2, 3};
  objective->linear_slopes()->add(std::span<const float>(state).subspan(3), all, mean);
  for (std::size_t j = 0; j < 3; ++j) EXPECT_TRUE(std::abs(mean[j] / 4 - state[j]) <= 1e-6);
}

// At a constant rate, plain SGD stops at its noise floor, while the gap of saga and svrg shrinks by a constant factor
// in each step.
TEST(VarianceReduction, GoesOnWhereSgdStallsAtItsFloor) {
  Logistic problem;
  const double optimum = problem.optimum();
  const auto gap = [&](const Trace& trace) { return *trace.curve.loss.back() - optimum; };
  // The number of steps until this share of the starting gap is left; 0 if it never is.
  const auto steps_to = [&](const Trace& trace, double share) {
    const double start = *trace.curve.loss.front() - optimum;
    for (std::size_t i = 0; i < trace.curve.step.size(); ++i)
      if (*trace.curve.loss[i] - optimum <= share * start) return static_cast<double>(trace.curve.step[i]);
    return 0.0;
  };
  constexpr std::int64_t kSteps = 40'000;
  const Trace sgd = problem.run("sgd", 0.3, kSteps);
  EXPECT_TRUE(gap(sgd) >= 1e-4) << gap(sgd);
  for (const char* method : {"saga", "svrg"}) {
    const Trace trace = problem.run(method, 0.3, kSteps);
    EXPECT_TRUE(gap(trace) <= 1e-8) << method << " " << gap(trace);
    // Convergence is linear: twice as many digits take twice as many steps, within the scatter of one run and the
    // distance of grid points.
    const double early = steps_to(trace, 1e-2), late = steps_to(trace, 1e-4);
    EXPECT_TRUE(early > 0 && late / early >= 1.3 && late / early <= 3) << method << " " << early << " " << late;
  }
}

// With one thread no change is lost, so that the steps are those of plain SGD.
TEST(Hogwild, OneThreadIsPlainSgd) {
  Logistic problem;
  const Trace plain = problem.run("sgd", 0.2, 200, 4), one = problem.run("hogwild(threads=1)", 0.2, 200, 4);
  for (std::size_t j = 0; j < plain.weights.size(); ++j)
    EXPECT_TRUE(std::abs(plain.weights[j] - one.weights[j]) <= 1e-5) << j;
}

TEST(Hogwild, ThreadsOnSharedWeightsComeToTheSameFloor) {
  Logistic problem;
  const double optimum = problem.optimum();
  const Trace trace = problem.run("hogwild(threads=3)", 0.1, 2000, 50);
  const double start = *trace.curve.loss.front() - optimum;
  EXPECT_TRUE(*trace.curve.loss.back() - optimum <= 0.1 * start);
}

TEST(LinearMethods, SayWhatTheyNeed) {
  for (const char* method : {"saga", "hogwild(threads=2)"}) {
    EXPECT_TRUE(make_optimizer(method)->needs_linear_model());
    EXPECT_TRUE(make_optimizer(method)->needs_rows());
    EXPECT_FALSE(make_optimizer(method)->full_batch());
  }
  EXPECT_FALSE(make_optimizer("hogwild")->reproducible());
  EXPECT_EQ(make_optimizer("hogwild(threads=2)")->own_threads(), 2);
  EXPECT_THROW(make_optimizer("hogwild(threads=0)"), core::UsageError);
  EXPECT_FALSE(make_model("network")->is_linear());
  EXPECT_TRUE(make_model("linear")->is_linear());
}

}  // namespace
}  // namespace descent::train
