// The training loop with linear models.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "descent/data/source.hpp"
#include "descent/engine/engine.hpp"
#include "descent/engine/linear_objective.hpp"
#include "descent/solve/optimum.hpp"
#include "descent/solve/spectrum.hpp"
#include "descent/train/learning_rate.hpp"
#include "descent/train/train.hpp"

namespace descent::train {
namespace {

std::unique_ptr<Optimizer> plain() { return make_optimizer("sgd"); }

machine::Team& team() {
  static machine::Team one({.threads = 1, .pin = false});
  return one;
}

data::Split synth_a() {
  return data::load("synthetic:synthA", {.preprocess = "", .bias = false, .validation_fraction = 0});
}

/// The data for an engine. If the engine reads only bytes, the features are moved to [0, 1] and rounded to 255ths.
data::Split readable(data::Split split, const engine::Engine& engine) {
  if (engine.storage() != "bytes") return split;
  double low = INFINITY, high = -INFINITY;
  const auto each = [&](const auto& visit) {
    for (data::Dataset* part : {&split.training, &split.validation})
      for (std::size_t i = 0; i < part->rows(); ++i)
        for (std::size_t j = 0; j < part->width(); ++j) visit(part->features(i, j));
  };
  each([&](float& x) { low = std::min(low, double{x}), high = std::max(high, double{x}); });
  each([&](float& x) { x = static_cast<float>(std::round(255 * (double{x} - low) / (high - low)) / 255); });
  return split;
}

// Steps and f* are from a separate implementation in double, with α = 1/(λ₁/2 + l2) and λ₁ without l2.
TEST(GradientDescent, PassesTheLevelsOfSynthAAtTheKnownSteps) {
  const data::Split split = synth_a();
  const auto loss = loss::make_loss("softmax_cross_entropy");
  constexpr double l2 = 0.01, optimum = .4917911673894;
  const double lambda = solve::largest_eigenvalue(split.training).value;
  EXPECT_TRUE(std::abs(lambda - 0.4349798164) <= 5e-9);
  for (const std::string& name : engine::EngineRegistry::instance().names()) {
    const auto engine = engine::EngineRegistry::instance().make("engine", name);
    // Engines that read bytes would train on other (rounded) features.
    if (!engine->unavailable().empty() || engine->storage() != data::kDenseStorage) continue;
    engine::LinearObjective objective(split, *loss, l2, *engine, team());
    TrainOptions options;
    options.sampling = Sampling::none;
    options.schedule.base = 1 / (lambda / 2 + l2);
    options.max_steps = 60;
    options.every_step = true;
    const Trace trace = train(objective, *plain(), options);
    const double f0 = *trace.curve.loss[0];
    EXPECT_TRUE(std::abs(f0 - std::log(3.0)) <= 1e-7);
    const struct {
      double delta;
      std::int64_t step;
    } levels[]{{1e-1, 4}, {1e-2, 10}, {1e-3, 18}, {1e-4, 25}, {1e-6, 42}};
    for (const auto& level : levels) {
      std::size_t k = 0;
      while (k < trace.curve.loss.size() && (*trace.curve.loss[k] - optimum) / (f0 - optimum) > level.delta) ++k;
      EXPECT_EQ(static_cast<std::int64_t>(k), level.step) << name << " at " << level.delta;
    }
  }
}

// How close steps in float32 come to the optimum. The loss is evaluated in double. docs/engine.md has the printed
// numbers.
TEST(GradientDescent, InFloat32ComesWithinAMillionthOfTheStartingGap) {
  const data::Split split = synth_a();
  for (const char* name : {"softmax_cross_entropy", "logistic", "squared", "huber(delta=1)", "squared_hinge",
                           "multiclass_squared_svm", "binary_cross_entropy"}) {
    const auto loss = loss::make_loss(name);
    const solve::Optimum optimum = solve::solve_optimum(split.training, *loss, 0.01, team(), {});
    engine::LinearObjective objective(split, *loss, 0.01, *engine::make_engine("fused"), team());
    engine::LinearObjective exact(split, *loss, 0.01, *engine::make_engine("reference"), team());
    TrainOptions options;
    options.sampling = Sampling::none;
    DataConstants constants;
    constants.n = split.training.rows();
    constants.lambda1 = solve::largest_eigenvalue(split.training).value;
    constants.outputs = static_cast<int>(loss->outputs(split.training.classes));
    options.schedule.base = 1 / smoothness_constant(loss->traits(), constants, 0.01);
    options.max_steps = 4096;
    std::vector<float> w(objective.parameters());
    const double start = exact.value(w);
    double least = 1;
    options.observe = [&](std::int64_t step, std::span<const float> at, const engine::Evaluation&) {
      if (step >= 512) least = std::min(least, std::abs(exact.value(at) - *optimum.value) / (start - *optimum.value));
    };
    train(objective, *plain(), options);
    std::printf("%s: smallest |delta| %.1e\n", name, least);
    EXPECT_TRUE(least <= 1e-6) << name << ' ' << least;
  }
}

// With weights and slopes of 16 bits, the steps to every target that the engine accepts are the same as in double.
TEST(GradientDescent, InExactIntegersTakesTheStepsThatDoubleTakes) {
  const auto integers = engine::make_engine("exact8"), exact = engine::make_engine("reference");
  const data::Split split = readable(data::load("synthetic:blobs?n=600&d=20&classes=4", {}), *integers);
  const auto loss = loss::make_loss("softmax_cross_entropy");
  constexpr double l2 = 0.05;
  const double rate = 1 / (solve::largest_eigenvalue(split.training).value / 2 + l2);
  const double optimum = *solve::solve_optimum(split.training, *loss, l2, team(), {}).value;
  engine::LinearObjective in_double(split, *loss, l2, *exact, team());
  const auto gaps = [&](const engine::Engine& engine) {
    engine::LinearObjective objective(split, *loss, l2, engine, team());
    TrainOptions options;
    options.sampling = Sampling::none;
    options.schedule.base = rate;
    options.max_steps = 400;
    options.every_step = true;
    std::vector<double> result;
    options.observe = [&](std::int64_t, std::span<const float> w, const engine::Evaluation&) {
      result.push_back(in_double.value(w) - optimum);
    };
    train(objective, *plain(), options);
    return result;
  };
  const std::vector<double> found = gaps(*integers), expected = gaps(*exact);
  const double least = integers->least_target();
  for (const double delta : {1e-1, 1e-2, 1e-3, 1e-4, 1e-5, least}) {
    const auto steps = [&](const std::vector<double>& gap) {
      std::size_t k = 0;
      while (k < gap.size() && gap[k] > delta * gap[0]) ++k;
      return static_cast<double>(k);
    };
    ASSERT_LT(steps(expected), 400) << delta;
    EXPECT_LE(std::abs(steps(found) - steps(expected)), std::max(1.0, 0.01 * steps(expected))) << delta;
  }
}

// A batch of all rows has no noise (c_N = 0). It is full-batch gradient descent to the bit, because rows are sorted.
TEST(GradientDescent, IsABatchOfAllRowsBitForBit) {
  for (const char* name : {"softmax_cross_entropy", "multiclass_svm"}) {
    const auto loss = loss::make_loss(name);
    for (const std::string& engine_name : engine::EngineRegistry::instance().names()) {
      const auto engine = engine::EngineRegistry::instance().make("engine", engine_name);
      if (!engine->unavailable().empty()) continue;
      const data::Split split = readable(synth_a(), *engine);
      engine::LinearObjective objective(split, *loss, 1e-3, *engine, team());
      TrainOptions options;
      options.sampling = Sampling::none;
      options.schedule.base = 0.4;
      options.max_steps = 30;
      const Trace full = train(objective, *plain(), options);
      options.batch = 200;
      for (const Sampling sampling : {Sampling::reshuffle, Sampling::iid_distinct}) {
        options.sampling = sampling;
        options.seed = 5;
        const Trace all = train(objective, *plain(), options);
        EXPECT_EQ(all.weights_hash, full.weights_hash)
            << engine_name << ' ' << name << ' ' << record::to_text(sampling);
        EXPECT_EQ(all.weights, full.weights);
        EXPECT_EQ(all.curve.loss, full.curve.loss);
      }
    }
  }
}

TEST(StochasticDescent, SameWeightsAtAnyNumberOfThreads) {
  const auto loss = loss::make_loss("softmax_cross_entropy");
  for (const std::string& name : engine::EngineRegistry::instance().names()) {
    const auto engine = engine::EngineRegistry::instance().make("engine", name);
    if (!engine->unavailable().empty() || !engine->reproducible()) continue;
    const data::Split split = readable(data::load("synthetic:blobs?n=600&d=20&classes=4", {}), *engine);
    std::string hash;
    for (const int threads : {1, 2, 3, 4, 7}) {
      machine::Team many({.threads = threads, .pin = false, .oversubscribe = true});
      engine::LinearObjective objective(split, *loss, 1e-3, *engine, many);
      TrainOptions options;
      options.batch = 150;
      const bool dense = engine->storage() == data::kDenseStorage;  // rows of bytes are more alike
      options.schedule.base = dense ? 0.1 : 2;
      options.max_steps = 40;
      const Trace trace = train(objective, *plain(), options);
      if (hash.empty()) hash = trace.weights_hash;
      EXPECT_EQ(trace.weights_hash, hash) << name << " on " << threads << " threads";
      EXPECT_LT(*trace.curve.loss.back(), *trace.curve.loss.front() / (dense ? 2 : 1.2));
      EXPECT_TRUE(trace.curve.validation_accuracy.back().has_value());
      EXPECT_TRUE(trace.curve.active_fraction.back().has_value());
    }
  }
}

// The engine `fused` takes steps on one row in groups. An evaluation after every step ends every group early, and this
// may not change the weights.
TEST(StochasticDescent, OfOneRowIsTheSameHoweverOftenItIsLookedAt) {
  const auto loss = loss::make_loss("softmax_cross_entropy");
  for (const std::string& name : engine::EngineRegistry::instance().names()) {
    const auto engine = engine::EngineRegistry::instance().make("engine", name);
    if (!engine->unavailable().empty() || !engine->reproducible()) continue;
    const data::Split split = readable(synth_a(), *engine);
    engine::LinearObjective objective(split, *loss, 1e-2, *engine, team());
    TrainOptions options;
    options.batch = 1;
    options.schedule.base = 0.1;
    options.max_steps = 530;  // more than two epochs, and not a multiple of a group
    const Trace seldom = train(objective, *plain(), options);
    options.every_step = true;
    const Trace often = train(objective, *plain(), options);
    EXPECT_EQ(often.weights, seldom.weights) << name;
    EXPECT_EQ(often.batch_uphill_fraction, seldom.batch_uphill_fraction) << name;
    for (std::size_t i = 0; i < seldom.curve.step.size(); ++i) {
      const auto step = static_cast<std::size_t>(seldom.curve.step[i]);
      EXPECT_EQ(often.curve.loss[step], seldom.curve.loss[i]) << name << " step " << step;
      EXPECT_EQ(often.curve.batch_loss[step], seldom.curve.batch_loss[i]) << name << " step " << step;
    }
  }
}

// The loss of a batch contains the l2 term, so that for a batch of all rows it is f itself.
TEST(StochasticDescent, BatchLossOfAllRowsIsTheLoss) {
  const data::Split split = synth_a();
  const auto loss = loss::make_loss("softmax_cross_entropy");
  const auto engine = engine::make_engine("reference");
  engine::LinearObjective objective(split, *loss, 0.5, *engine, team());
  TrainOptions options;
  options.batch = 200;
  options.schedule.base = 0.4;
  options.max_steps = 30;
  const Trace trace = train(objective, *plain(), options);
  for (std::size_t k = 0; k < trace.curve.loss.size(); ++k)
    EXPECT_TRUE(std::abs(*trace.curve.batch_loss[k] - *trace.curve.loss[k]) <= 1e-12) << k;
}

}  // namespace
}  // namespace descent::train
