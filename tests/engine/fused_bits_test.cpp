#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <sstream>
#include <string>

#include "descent/core/hash.hpp"
#include "descent/engine/cost_model.hpp"
#include "engine/make_problem.hpp"

namespace descent::engine {
namespace {

using testing::make_dataset;
using testing::make_rows;

class Plain final : public UpdateRule {
 public:
  std::string_view name() const noexcept override { return "plain"; }
  std::size_t state_per_parameter() const noexcept override { return 0; }
  void update(std::span<float> w, std::span<const float> g, std::span<float>,
              StepContext step) const noexcept override {
    for (std::size_t j = 0; j < w.size(); ++j) w[j] = std::fma(-step.rate, g[j], w[j]);
  }
  bool is_plain() const noexcept override { return true; }
};

/// An update rule with two numbers of state for each weight, so that their order in memory is tested, too.
class TwoWords final : public UpdateRule {
 public:
  std::string_view name() const noexcept override { return "two words"; }
  std::size_t state_per_parameter() const noexcept override { return 2; }
  void update(std::span<float> w, std::span<const float> g, std::span<float> state,
              StepContext step) const noexcept override {
    // The rate depends on the number of the step, as in methods that count their steps.
    const float rate = step.rate * (1 + 0.25F * static_cast<float>(step.step % 4));
    const std::size_t m = w.size();
    for (std::size_t j = 0; j < m; ++j) {
      state[j] = std::fma(0.9F, state[j], g[j]);
      state[m + j] = std::fma(0.5F, state[m + j], state[j]);
      w[j] = std::fma(-rate, state[m + j], w[j]);
    }
  }
};

struct Trained {
  std::string hash;
  std::vector<double> losses;
  std::vector<float> state;
  bool operator==(const Trained&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const Trained& t) {
    return out << t.hash.substr(0, 12) << " last loss " << t.losses.back();
  }
};

struct Run {
  const char* engine;
  Sharing sharing;
  int threads;
  // How many steps one call of advance() takes. Between calls the weights are read, as an evaluation does.
  std::size_t chunk;
};

Trained train(const LinearProblem& problem, const Run& run, const UpdateRule& rule, std::size_t batch,
              std::size_t steps) {
  machine::Team team({.threads = run.threads, .pin = false, .oversubscribe = true});
  const auto kernel = make_engine(run.engine, {.sharing = run.sharing})->prepare(problem, team);
  std::vector<float> w(problem.parameters());
  Trained result;
  result.state.resize(rule.state_per_parameter() * w.size());
  const bool full = batch == problem.data.rows();
  const std::vector<std::uint32_t> rows =
      full ? std::vector<std::uint32_t>{} : make_rows(problem.data.rows(), batch, steps);
  std::vector<double> rates(steps);
  for (std::size_t s = 0; s < steps; ++s) rates[s] = 0.05 / (1 + static_cast<double>(s));
  result.losses.resize(steps);
  for (std::size_t s = 0; s < steps; s += run.chunk) {
    const std::size_t count = std::min(run.chunk, steps - s);
    StepSequence sequence;
    if (!full) sequence.rows = std::span(rows).subspan(s * batch, count * batch);
    sequence.batch = batch;
    sequence.rates = std::span(rates).subspan(s, count);
    sequence.losses = std::span(result.losses).subspan(s, count);
    sequence.first_step = s;
    kernel->advance(rule, sequence, w, result.state);
    if (run.chunk == 1 || (batch == 1 && run.chunk == kMostGroupSteps)) kernel->pass(w, {});
  }
  result.hash = core::hash_weights(w);
  return result;
}

class FusedBits : public ::testing::TestWithParam<std::string> {};

TEST_P(FusedBits, AreTheSameForEverySharingThreadCountAndCutIntoCalls) {
  const auto loss = loss::make_loss(GetParam());
  struct Shape {
    std::size_t n, d;
    int classes;
  };
  for (const Shape shape : {Shape{650, 790, 3}, {90, 17, 2}, {650, 200, 11}}) {
    const data::Dataset data = make_dataset(shape.n, shape.d, shape.classes);
    const LinearProblem problem{data, *loss, 1e-3};
    for (const std::size_t batch :
         {std::size_t{1}, std::size_t{2}, std::size_t{32}, std::size_t{81}, std::size_t{640}, shape.n}) {
      if (batch > shape.n) continue;
      const std::size_t steps = batch == 1 ? 40 : 7;
      const Plain plain;
      const Trained expected = train(problem, {"fused", Sharing::serial, 1, steps}, plain, batch, steps);
      for (const Sharing sharing : {Sharing::rows, Sharing::features, Sharing::serial, Sharing::automatic})
        for (const int threads : {1, 2, 3, 4, 7})
          EXPECT_EQ(train(problem, {"fused", sharing, threads, steps}, plain, batch, steps), expected)
              << sharing_name(sharing) << " threads " << threads << " batch " << batch << " d " << shape.d;
      // Steps on one row are taken in groups. A call has to begin where a group begins.
      const std::size_t group = batch == 1 ? kMostGroupSteps : 1;
      EXPECT_EQ(train(problem, {"fused", Sharing::features, 2, group}, plain, batch, steps), expected)
          << "weights read after each step, or after each group of steps on one row";
      EXPECT_EQ(train(problem, {"fused", Sharing::rows, 2, 3 * group}, plain, batch, steps), expected)
          << "in calls of 3 steps, or of 3 groups";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Losses, FusedBits, ::testing::ValuesIn(loss::LossRegistry::instance().names()),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::replace_if(
                               name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
                           return name;
                         });

// The hashes in the file came from one compiler and instruction set; all others have to give the same.
// DESCENT_UPDATE_GOLDEN=1 writes the file anew. Only a change of the plan, which raises kPlanVersion, may change them.
TEST(FusedBits, AreThoseWrittenDown) {
  const std::string path = DESCENT_SOURCE_DIR "/tests/engine/golden/fused_bits.txt";
  std::string found = "plan " + std::to_string(kPlanVersion) + "\n";
  for (const std::string& name : loss::LossRegistry::instance().names()) {
    const auto loss = loss::make_loss(name);
    const data::Dataset data = make_dataset(300, 790, 4);
    const LinearProblem problem{data, *loss, 1e-3};
    for (const std::size_t batch : {std::size_t{1}, std::size_t{32}, data.rows()})
      found += name + ' ' + std::to_string(batch) + ' ' +
               train(problem, {"fused", Sharing::automatic, 2, 9}, Plain(), batch, 9).hash + '\n';
  }
  if (std::getenv("DESCENT_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << found;
  std::stringstream expected;
  expected << std::ifstream(path).rdbuf();
  EXPECT_EQ(found, expected.str());
}

TEST(FusedBits, OfAGroupAreItsOwnWhereverItEnds) {
  const auto loss = loss::make_loss("softmax_cross_entropy");
  const data::Dataset data = make_dataset(650, 790, 10);
  const LinearProblem problem{data, *loss, 1e-3};
  for (const std::size_t end : {std::size_t{1}, std::size_t{3}, std::size_t{7}, std::size_t{19}}) {
    const Trained expected = train(problem, {"fused", Sharing::serial, 1, end}, Plain(), 1, end);
    EXPECT_EQ(train(problem, {"fused", Sharing::features, 2, end}, Plain(), 1, end), expected);
    EXPECT_EQ(train(problem, {"fused", Sharing::features, 3, kMostGroupSteps}, Plain(), 1, end), expected);
  }
}

// Groups have to give the same weights as the engine `reference`, which takes one step after the other in double, up to
// rounding.
TEST(FusedBits, StepsInGroupsAreStepsOneByOneToRounding) {
  const std::size_t steps = 300;
  for (const std::string& name : loss::LossRegistry::instance().names())
    for (const int classes : {2, 3, 10, 26}) {
      const auto loss = loss::make_loss(name);
      if (name == "absolute" || name.find("hinge") == 0 || name.find("multiclass_svm") == 0)
        continue;  // where a rounding crosses a kink, the steps go different ways
      const data::Dataset data = make_dataset(400, 50, classes);
      const LinearProblem problem{data, *loss, 1e-1};
      machine::Team team({.threads = 1});
      const auto rows = make_rows(data.rows(), 1, steps);
      const std::vector<double> rates(steps, 0.01);
      std::vector<float> grouped(problem.parameters()), single(problem.parameters());
      const StepSequence sequence{rows, 1, rates, {}};
      make_engine("fused")->prepare(problem, team)->advance(Plain(), sequence, grouped, {});
      make_engine("reference")->prepare(problem, team)->advance(Plain(), sequence, single, {});
      double error = 0, largest = 0;
      for (std::size_t j = 0; j < single.size(); ++j) {
        error = std::max(error, static_cast<double>(std::abs(grouped[j] - single[j])));
        largest = std::max(largest, static_cast<double>(std::abs(single[j])));
      }
      EXPECT_TRUE(largest > 1e-3) << name;
      EXPECT_TRUE(error <= 5e-6 * largest) << name << " classes " << classes << " error " << error / largest;
    }
}

TEST(Sharing, BelongsToAnEngineNotToAllOfItsName) {
  const auto loss = loss::make_loss("softmax_cross_entropy");
  const data::Dataset data = make_dataset(650, 790, 10);
  const LinearProblem problem{data, *loss, 1e-3};
  machine::Team team({.threads = 2, .pin = false, .oversubscribe = true});
  const auto by_rows = make_engine("fused", {.sharing = Sharing::rows}),
             by_features = make_engine("fused", {.sharing = Sharing::features}),
             serial = make_engine("fused", {.sharing = Sharing::serial});
  const auto sharing = [&](const Engine& engine) {
    const auto kernel = engine.prepare(problem, team);
    std::vector<float> w(problem.parameters()), g(w.size());
    kernel->gradient(w, {}, g);
    return std::string(kernel->sharing());
  };
  EXPECT_EQ(sharing(*by_rows), "rows");
  EXPECT_EQ(sharing(*by_features), "features");
  EXPECT_EQ(sharing(*serial), "serial");
}

TEST(FusedBits, AreTheSameForRulesWithState) {
  const data::Dataset data = make_dataset(700, 420, 3);
  const auto loss = loss::make_loss("softmax_cross_entropy");
  const LinearProblem problem{data, *loss, 1e-3};
  const TwoWords rule;
  for (const std::size_t batch : {1, 32, 640}) {
    const Trained expected = train(problem, {"fused", Sharing::serial, 1, 9}, rule, batch, 9);
    EXPECT_TRUE(std::any_of(expected.state.begin(), expected.state.end(), [](float s) { return s != 0; }));
    for (const Sharing sharing : {Sharing::rows, Sharing::features, Sharing::serial})
      for (const int threads : {1, 2, 3})
        for (const std::size_t chunk : {1, 4, 9})
          EXPECT_EQ(train(problem, {"fused", sharing, threads, chunk}, rule, batch, 9), expected);
  }
}

TEST(ReproducibleEngines, HaveTheSameBitsAtEveryThreadCount) {
  for (const auto& entry : EngineRegistry::instance().entries()) {
    const auto engine = entry.make({});
    if (!engine->unavailable().empty() || !engine->reproducible()) continue;
    const data::Dataset data = testing::make_dataset_for(*engine, 600, 60, 4);
    for (const char* name : {"softmax_cross_entropy", "multiclass_svm", "huber"}) {
      const auto loss = loss::make_loss(name);
      const LinearProblem problem{data, *loss, 1e-3};
      for (const std::size_t batch : {std::size_t{1}, std::size_t{50}, std::size_t{300}, data.rows()}) {
        const Trained expected = train(problem, {entry.name.c_str(), Sharing::automatic, 1, 5}, Plain(), batch, 5);
        for (const int threads : {2, 3, 4, 7})
          EXPECT_EQ(train(problem, {entry.name.c_str(), Sharing::automatic, threads, 5}, Plain(), batch, 5), expected)
              << entry.name << ' ' << name << " batch " << batch << " threads " << threads;
      }
    }
  }
}

}  // namespace
}  // namespace descent::engine
