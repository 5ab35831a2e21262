#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "descent/engine/linear_objective.hpp"
#include "engine/make_problem.hpp"

namespace descent::engine {
namespace {

using testing::gradient_scale;
using testing::make_dataset;
using testing::make_dataset_for;
using testing::make_rows;
using testing::make_weights;

std::vector<std::string> available_engines() {
  std::vector<std::string> names;
  for (const auto& entry : EngineRegistry::instance().entries())
    if (entry.make({})->unavailable().empty()) names.push_back(entry.name);
  return names;
}

class EngineContract : public ::testing::TestWithParam<std::string> {};

TEST(EngineRegistry, HoldsOneEntryPerFileThatRegisters) {
  std::vector<std::string> files, registered;
  for (const auto& entry : EngineRegistry::instance().entries())
    registered.push_back(std::filesystem::path(entry.file).stem().string());
  for (const auto& file : std::filesystem::directory_iterator(DESCENT_SOURCE_DIR "/src/engine/engines"))
    if (const std::string name = file.path().stem().string();
        file.path().extension() == ".cpp" && !name.starts_with("fused_") && !name.starts_with("exact8_"))
      files.push_back(name);
  EXPECT_THAT(registered, ::testing::UnorderedElementsAreArray(files));
}

TEST(EngineRegistry, NamesTheNearestEngine) {
  try {
    make_engine("fusd");
    FAIL();
  } catch (const core::UsageError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("fused"));
  }
}

TEST(EngineRegistry, RefusesOnlyWhatIsSaid) {
  for (const std::string& name : available_engines()) {
    const auto engine = make_engine(name);
    const data::Dataset data = make_dataset_for(*engine, 5, 3, 3);
    for (const std::string& spec : loss::LossRegistry::instance().names()) {
      const auto loss = loss::make_loss(spec);
      const bool bounded = loss->largest_slope(loss->outputs(3)).has_value();
      EXPECT_EQ(engine->refuses({data, *loss, 0}).empty(), name != "exact8" || bounded) << name << ' ' << spec;
    }
  }
}

TEST_P(EngineContract, AgreesWithTheReferenceForEveryLossAndShape) {
  machine::Team team({.threads = 2, .oversubscribe = true});
  const auto engine = make_engine(GetParam()), reference = make_engine("reference");
  struct Shape {
    std::size_t n, d;
    int classes;
  };
  for (const Shape shape :
       {Shape{1, 1, 2}, {3, 16, 2}, {50, 17, 3}, {130, 33, 2}, {200, 100, 10}, {97, 785, 10}, {40, 5, 26}}) {
    const data::Dataset data = make_dataset_for(*engine, shape.n, shape.d, shape.classes);
    for (const std::string& name : loss::LossRegistry::instance().names()) {
      const auto loss = loss::make_loss(name);
      const LinearProblem problem{data, *loss, 1e-2};
      if (!engine->refuses(problem).empty()) continue;  // EngineRegistry.RefusesOnlyWhatIsSaid checks these
      const auto kernel = engine->prepare(problem, team), oracle = reference->prepare(problem, team);
      for (const double scale : {0.0, 1.0, 10.0}) {
        if (name == "exponential" && scale > 1) continue;  // float32 cannot hold e^60 beside 1
        // Float32 engines have to give the loss to 4e-6. Others may be off by twice what they declare for gradients,
        // times the size of the scores.
        const double of_values =
            engine->error_bound() <= 2e-6 ? 4e-6 : 2 * engine->error_bound() * std::max(1.0, scale);
        const std::vector<float> w = make_weights(problem, scale);
        const std::size_t batch = std::max<std::size_t>(1, shape.n / 3);
        for (const auto& rows : {std::vector<std::uint32_t>{}, make_rows(shape.n, batch, 1)}) {
          std::vector<float> g(problem.parameters()), expected(problem.parameters());
          const double value = kernel->gradient(w, rows, g), truth = oracle->gradient(w, rows, expected);
          EXPECT_TRUE(std::abs(value - truth) <= of_values * std::max(1.0, std::abs(truth)))
              << name << ' ' << value << ' ' << truth;
          double worst = 0, w_max = 0;
          for (std::size_t j = 0; j < g.size(); ++j) {
            worst = std::max(worst, static_cast<double>(std::abs(g[j] - expected[j])));
            w_max = std::max(w_max, static_cast<double>(std::abs(w[j])));
          }
          // A rounded score changes its slope by up to the curvature; scores of order 10 are rounded at 1e-6.
          const double bound =
              engine->error_bound() * (1 + scale) * (gradient_scale(problem, w, rows) + 1) + 1e-7 * w_max;
          EXPECT_TRUE(worst <= bound) << name << " n " << shape.n << " d " << shape.d << " error " << worst << " > "
                                      << bound;
        }
        std::vector<float> g(problem.parameters());
        const PassSums sums = kernel->pass(w, g), truth = oracle->pass(w, {});
        EXPECT_TRUE(std::abs(sums.loss - truth.loss) <= of_values * std::max(1.0, std::abs(truth.loss)));
        if (scale != 0.0) {  // at 0 all scores are equal; elsewhere rounding may decide near-ties
          EXPECT_NEAR(static_cast<double>(kernel->correct(w)), static_cast<double>(oracle->correct(w)), 1);
        } else {
          EXPECT_EQ(kernel->correct(w), oracle->correct(w));
        }
        EXPECT_NEAR(static_cast<double>(sums.active), static_cast<double>(truth.active), 1);
      }
    }
  }
}

TEST_P(EngineContract, PassAndGradientAgreeBitForBit) {
  machine::Team team({.threads = 2, .oversubscribe = true});
  const data::Dataset data = make_dataset_for(*make_engine(GetParam()), 700, 50, 5);
  const auto loss = loss::make_loss("softmax_cross_entropy");
  const LinearProblem problem{data, *loss, 1e-3};
  const auto kernel = make_engine(GetParam())->prepare(problem, team);
  const std::vector<float> w = make_weights(problem, 1);
  std::vector<float> a(problem.parameters()), b(problem.parameters());
  kernel->gradient(w, {}, a);
  kernel->pass(w, b);
  EXPECT_EQ(a, b);
}

TEST_P(EngineContract, CountsTheRowsThatArePredictedRight) {
  machine::Team team({.threads = 2, .oversubscribe = true});
  data::Dataset data = make_dataset(4, 2, 2);
  for (std::size_t i = 0; i < 4; ++i) data.features(i, 1) = 1;
  data.features(0, 0) = 2, data.features(1, 0) = 1, data.features(2, 0) = 3, data.features(3, 0) = 0;
  // The scores are 1, −1, 3, −3. A score above 0 predicts class 1, so that the second row is wrong.
  data.labels = {1, 1, 1, 0};
  const auto loss = loss::make_loss("hinge");
  const LinearProblem problem{data, *loss, 0};
  const auto kernel = make_engine(GetParam())->prepare(problem, team);
  EXPECT_EQ(kernel->correct(std::vector<float>{2, -3}), 3U);
  EXPECT_EQ(kernel->correct(std::vector<float>{-2, 3}), 1U);
}

TEST_P(EngineContract, AllRowsInOrderIsTheSameAsNoRowsNamed) {
  machine::Team team({.threads = 1});
  const data::Dataset data = make_dataset_for(*make_engine(GetParam()), 333, 40, 3);
  const auto loss = loss::make_loss("logistic");
  const LinearProblem problem{data, *loss, 1e-3};
  const auto kernel = make_engine(GetParam())->prepare(problem, team);
  const std::vector<float> w = make_weights(problem, 1);
  std::vector<std::uint32_t> rows(data.rows());
  std::iota(rows.begin(), rows.end(), 0U);
  std::vector<float> a(problem.parameters()), b(problem.parameters());
  const double value = kernel->gradient(w, {}, a);
  if (make_engine(GetParam())->reproducible()) {
    EXPECT_EQ(value, kernel->gradient(w, rows, b));
    EXPECT_EQ(a, b);
  } else {
    EXPECT_NEAR(value, kernel->gradient(w, rows, b), 1e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, EngineContract, ::testing::ValuesIn(available_engines()),
                         [](const auto& instance) { return instance.param; });

TEST(LinearObjective, EvaluatesTrainingAndValidationRows) {
  machine::Team team({.threads = 1});
  data::Split split;
  split.training = make_dataset(2, 1, 2);
  split.training.features(0, 0) = 1, split.training.features(1, 0) = -1;
  split.training.labels = {1, 1};
  split.validation = make_dataset(1, 1, 2);
  split.validation.features(0, 0) = 2;
  split.validation.labels = {1};
  const auto loss = loss::make_loss("hinge");
  LinearObjective objective(split, *loss, 0.5, *make_engine("reference"), team);
  const std::vector<float> w{2};
  const Evaluation evaluation = objective.evaluate(w);
  // The margins are 2 and −2, so that the hinges are 0 and 3. The l2 term is 0.25 · 4, and the gradient is
  // (0 + 1)/2 + 0.5 · 2.
  EXPECT_DOUBLE_EQ(evaluation.value, 1.5 + 1.0);
  EXPECT_DOUBLE_EQ(evaluation.regulariser, 1.0);
  EXPECT_DOUBLE_EQ(*evaluation.gradient_norm, 1.5);
  EXPECT_DOUBLE_EQ(*evaluation.active_fraction, 0.5);
  EXPECT_DOUBLE_EQ(*evaluation.validation_accuracy, 1.0);
  EXPECT_DOUBLE_EQ(objective.value(w), 2.5);
}

// A join is a point where threads wait for each other. `fused` has one when threads share features, and two when they
// share rows (the gradients of the rows' blocks, and their sum). Steps on one row go in groups, with one join for each
// group. Engines that work in chunks have three: the chunks, the sum over chunks, and the update.
TEST(DeclaredJoins, AreThoseOfTheScheduleAndNoneOfOneThread) {
  const data::Dataset data = make_dataset(2000, 64, 10);
  const auto loss = loss::make_loss("softmax_cross_entropy");
  const LinearProblem problem{data, *loss, 1e-3};
  machine::Team one({.threads = 1}), two({.threads = 2, .pin = false, .oversubscribe = true});
  const auto joins = [&](const char* engine, Sharing sharing, machine::Team& team, std::size_t batch) {
    return make_engine(engine, {.sharing = sharing})->prepare(problem, team)->cost(batch).joins;
  };
  if (EngineRegistry::instance().make("engine", "fused")->unavailable().empty()) {
    EXPECT_EQ(joins("fused", Sharing::features, two, 128), 1);
    EXPECT_EQ(joins("fused", Sharing::rows, two, 2000), 2);
    EXPECT_EQ(joins("fused", Sharing::serial, two, 128), 0);
    EXPECT_EQ(joins("fused", Sharing::features, two, 1), 1.0 / kMostGroupSteps);
    EXPECT_EQ(joins("fused", Sharing::features, one, 128), 0);
  }
  EXPECT_EQ(joins("eigen", Sharing::automatic, two, 2000), 3);
  EXPECT_EQ(joins("eigen", Sharing::automatic, two, 1), 0);  // one chunk, so that only one thread has work
  EXPECT_EQ(joins("eigen", Sharing::automatic, one, 2000), 0);
}

}  // namespace
}  // namespace descent::engine
