#include <gtest/gtest.h>

#include <cmath>

#include "descent/core/error.hpp"
#include "descent/train/model.hpp"
#include "descent/train/train.hpp"

namespace descent::train {
namespace {

/// M = diag(3, 2, 1), whose singular values are 3, 2 and 1.
data::Dataset diagonal() {
  data::Dataset data;
  data.features = core::Matrix<float>(3, 3);
  for (std::size_t i = 0; i < 3; ++i) data.features(i, i) = static_cast<float>(3 - i);
  data.labels = {0, 1, 0};
  data.classes = 2;
  return data;
}

Problem problem_of(const data::Dataset& data, double l2) {
  Problem problem;
  problem.training = &data, problem.l2 = l2;
  return problem;
}

// By the theorem of Eckart and Young, the best approximation leaves the sum of squares of the other singular values.
TEST(FactorisationModel, OptimumIsWhatTheLargestSingularValuesLeave) {
  const data::Dataset data = diagonal();
  machine::Team team({1, false});
  const auto least = [&](const char* model, double l2) {
    return *make_model(model)->optimum(problem_of(data, l2), team, {})->value;
  };
  EXPECT_TRUE(std::abs(least("factorisation(rank=1)", 0) - (4 + 1) / 6.0) <= 1e-9);
  EXPECT_TRUE(std::abs(least("factorisation(rank=2)", 0) - 1 / 6.0) <= 1e-9);
  EXPECT_TRUE(std::abs(least("factorisation(rank=3)", 0)) <= 1e-9);
  // With l2 = 0.1, n · l2 = 0.3. The singular value 3 becomes 2.7, which costs 0.3²/6 + 0.1 · 2.7.
  EXPECT_TRUE(std::abs(least("factorisation(rank=1)", 0.1) - (0.09 / 6 + 0.27 + 5 / 6.0)) <= 1e-9);
}

TEST(FactorisationModel, DescentComesToThatOptimumFromNearTheSaddle) {
  const data::Dataset data = diagonal();
  machine::Team team({1, false});
  const auto model = make_model("factorisation(rank=2)");
  const auto engine = engine::make_engine("eigen");
  for (const double l2 : {0.0, 0.05}) {
    const Problem problem = problem_of(data, l2);
    const auto objective = bind(*model, problem, *engine, team);
    TrainOptions options;
    options.sampling = Sampling::none, options.schedule.base = 0.3, options.max_steps = 3000, options.seed = 2;
    const Trace trace = train(*objective, *make_optimizer("gd"), options);
    EXPECT_TRUE(std::abs(*trace.curve.loss.back() - *model->optimum(problem, team, {})->value) <= 1e-5) << l2;
  }
}

TEST(Models, RefuseParametersOutOfRange) {
  for (const char* spec : {"network(hidden=0)", "network(hidden=1.5)", "network(activation=step)", "network(depth=2)",
                           "factorisation(rank=0)", "factorisation(rank=2000)"})
    EXPECT_THROW(make_model(spec), core::UsageError) << spec;
  const data::Dataset data = diagonal();
  EXPECT_EQ(make_model("factorisation(rank=4)")->refuses(problem_of(data, 0)),
            "found rank 4; expected at most 3, the rank of such data");
  EXPECT_EQ(make_model("network(hidden=7)")->name(), "network(hidden=7,activation=relu)");
}

}  // namespace
}  // namespace descent::train
