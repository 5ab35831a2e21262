// The engine `exact8`: its sums are those of 64-bit integers, to the bit, whatever adds them up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "descent/core/hash.hpp"
#include "descent/data/byte_rows.hpp"
#include "engine/engines/exact8_kernel.hpp"
#include "engine/exact8_reference.hpp"

namespace descent::engine {
namespace {

using testing::Exact8Reference;
using testing::make_bytes;
using testing::make_rows;
using testing::make_weights;

std::vector<std::string> bounded_losses() {
  std::vector<std::string> names;
  for (const std::string& name : loss::LossRegistry::instance().names())
    if (loss::make_loss(name)->largest_slope(3)) names.push_back(name);
  return names;
}

struct Way {
  const Exact8Microkernels* kernels;
  Sharing sharing;
  int threads;
};

std::vector<Way> ways(std::initializer_list<int> threads) {
  std::vector<Way> result;
  for (const Exact8Microkernels* kernels : exact8_microkernels())
    for (const Sharing sharing : {Sharing::rows, Sharing::features, Sharing::serial, Sharing::automatic})
      for (const int count : threads) result.push_back({kernels, sharing, count});
  return result;
}

std::string name(const Way& way) {
  return std::string(way.kernels->target) + ' ' + std::string(sharing_name(way.sharing)) + ' ' +
         std::to_string(way.threads);
}

Exact8Kernel make_kernel(const LinearProblem& problem, machine::Team& team, const Way& way) {
  FusedSettings settings;
  settings.sharing = way.sharing;
  return {problem, team, *way.kernels, settings};
}

machine::TeamOptions team_of(int threads) { return {.threads = threads, .pin = false, .oversubscribe = true}; }

TEST(Exact8, GradientsAreThoseOfInt64SumsForAnyShapeScaleAndWay) {
  core::CounterRandom random(1, core::Purpose::vector);
  const std::vector<std::string> losses = bounded_losses();
  std::size_t blocks = 0;
  for (int trial = 0; trial < 40; ++trial) {
    const std::size_t n = 1 + random.next_below(trial % 4 == 0 ? 700 : 90),
                      d = 1 + random.next_below(trial % 5 == 0 ? 900 : 150);
    const int classes = 2 + static_cast<int>(random.next_below(trial % 3 == 0 ? 26 : 9));
    const auto loss = loss::make_loss(losses[random.next_below(static_cast<std::uint32_t>(losses.size()))]);
    const data::Dataset data = make_bytes(n, d, classes, 1 + random.next_below(255), static_cast<std::uint64_t>(trial));
    const LinearProblem problem{data, *loss, trial % 2 == 0 ? 0 : 1e-2};
    std::vector<float> w = make_weights(problem, std::pow(10.0, 6 * random.next_unit() - 4));
    if (trial % 6 == 5) std::fill(w.begin(), w.begin() + static_cast<std::ptrdiff_t>(d), 0.0F);
    if (trial % 7 == 6) w[random.next_below(static_cast<std::uint32_t>(w.size()))] *= 1e4F;
    for (const std::size_t batch : {std::size_t{1}, std::size_t{2}, 1 + n / 3, n}) {
      if (batch > n) continue;
      const std::vector<std::uint32_t> rows = batch == n ? std::vector<std::uint32_t>{} : make_rows(n, batch, 1);
      const std::vector<float> expected = Exact8Reference{problem}.gradient(w, rows);
      blocks = std::max(blocks, make_exact8_plan(batch, d).feature_blocks);
      for (const Way& way : ways({1, 3})) {
        machine::Team team(team_of(way.threads));
        std::vector<float> found(w.size());
        make_kernel(problem, team, way).gradient(w, rows, found);
        EXPECT_EQ(found, expected) << name(way) << ' ' << loss->name() << " n " << n << " d " << d << " classes "
                                   << classes << " batch " << batch;
      }
    }
  }
  EXPECT_GE(blocks, 2U);
}

/// A rule with a word of state that counts its steps.
class Counting final : public UpdateRule {
 public:
  std::string_view name() const noexcept override { return "counting"; }
  std::size_t state_per_parameter() const noexcept override { return 1; }
  void update(std::span<float> w, std::span<const float> g, std::span<float> state,
              StepContext step) const noexcept override {
    const float rate = step.rate * (1 + 0.25F * static_cast<float>(step.step % 4));
    for (std::size_t j = 0; j < w.size(); ++j) {
      state[j] = std::fma(0.9F, state[j], g[j]);
      w[j] = std::fma(-rate, state[j], w[j]);
    }
  }
};

std::string train(const LinearProblem& problem, const Way& way, const UpdateRule& rule, std::size_t batch,
                  std::size_t steps, std::size_t chunk) {
  machine::Team team(team_of(way.threads));
  Exact8Kernel kernel = make_kernel(problem, team, way);
  std::vector<float> w(problem.parameters()), state(rule.state_per_parameter() * w.size());
  const bool full = batch == problem.data.rows();
  const std::vector<std::uint32_t> rows =
      full ? std::vector<std::uint32_t>{} : make_rows(problem.data.rows(), batch, steps);
  const std::vector<double> rates(steps, 0.05);
  std::vector<double> losses(steps);
  for (std::size_t s = 0; s < steps; s += chunk) {
    const std::size_t count = std::min(chunk, steps - s);
    StepSequence sequence;
    if (!full) sequence.rows = std::span(rows).subspan(s * batch, count * batch);
    sequence.batch = batch;
    sequence.rates = std::span(rates).subspan(s, count);
    sequence.losses = std::span(losses).subspan(s, count);
    sequence.first_step = s;
    kernel.advance(rule, sequence, w, state);
  }
  w.insert(w.end(), state.begin(), state.end());
  for (const double loss : losses) w.push_back(static_cast<float>(loss));
  return core::hash_weights(w);
}

TEST(Exact8, WeightsAreTheSameForEveryInstructionSetSharingThreadCountAndCutIntoCalls) {
  struct Shape {
    std::size_t n, d;
    int classes;
  };
  for (const Shape shape : {Shape{650, 785, 3}, {90, 17, 2}, {650, 200, 11}, {530, 784, 2}}) {
    const data::Dataset data = make_bytes(shape.n, shape.d, shape.classes);
    for (const char* const spec : {"softmax_cross_entropy", "multiclass_svm", "logistic"}) {
      const auto loss = loss::make_loss(spec);
      const LinearProblem problem{data, *loss, 1e-3};
      for (const std::size_t batch :
           {std::size_t{1}, std::size_t{2}, std::size_t{32}, std::size_t{81}, std::size_t{500}, shape.n}) {
        if (batch > shape.n) continue;
        const Way plainest{exact8_portable(), Sharing::serial, 1};
        const std::string expected = train(problem, plainest, plain_rule(), batch, 5, 5);
        for (const Way& way : ways({1, 2, 3, 4, 7}))
          EXPECT_EQ(train(problem, way, plain_rule(), batch, 5, 5), expected)
              << name(way) << ' ' << spec << " batch " << batch << " d " << shape.d;
        const Way fastest{exact8_microkernels().front(), Sharing::features, 2};
        EXPECT_EQ(train(problem, fastest, plain_rule(), batch, 5, 1), expected) << "in calls of one step";
        const std::string by_rule = train(problem, plainest, Counting(), batch, 5, 5);
        for (const std::size_t chunk : {std::size_t{2}, std::size_t{5}})
          EXPECT_EQ(train(problem, fastest, Counting(), batch, 5, chunk), by_rule) << "a rule with state";
      }
    }
  }
}

// What one compiler and instruction set gave, for the others to give. DESCENT_UPDATE_GOLDEN=1 writes the file anew.
TEST(Exact8, WeightsAreThoseWrittenDown) {
  const std::string path = DESCENT_SOURCE_DIR "/tests/engine/golden/exact8_bits.txt";
  std::string found;
  const data::Dataset data = make_bytes(300, 790, 4);
  for (const std::string& spec : bounded_losses()) {
    const auto loss = loss::make_loss(spec);
    const LinearProblem problem{data, *loss, 1e-3};
    for (const std::size_t batch : {std::size_t{1}, std::size_t{32}, data.rows()})
      found += spec + ' ' + std::to_string(batch) + ' ' +
               train(problem, {exact8_microkernels().front(), Sharing::automatic, 2}, plain_rule(), batch, 9, 9) + '\n';
  }
  if (std::getenv("DESCENT_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << found;
  std::stringstream expected;
  expected << std::ifstream(path).rdbuf();
  EXPECT_EQ(found, expected.str());
}

TEST(Exact8, ReadsBytesWhateverStoresThemToTheSameBits) {
  const auto loss = loss::make_loss("softmax_cross_entropy");
  std::string expected;
  for (const std::string& kind : data::StorageRegistry::instance().names()) {
    data::Dataset data = make_bytes(100, 70, 3);
    data.features = data::stored_as(kind, std::move(data.features), "made");
    const LinearProblem problem{data, *loss, 1e-3};
    EXPECT_EQ(make_engine("exact8")->refuses(problem), "");
    const std::string found = train(problem, {exact8_portable(), Sharing::rows, 1}, plain_rule(), 32, 4, 4);
    if (expected.empty()) expected = found;
    EXPECT_EQ(found, expected) << kind;
  }
}

TEST(Exact8, RefusesRowsThatAreNoBytesAndLossesWithoutABound) {
  const auto engine = make_engine("exact8");
  data::Dataset data = testing::make_dataset(3, 2, 2);
  data.source = "csv:some.csv";
  for (std::size_t i = 0; i < 3; ++i) data.features(i, 0) = data.features(i, 1) = 4;
  const auto hinge = loss::make_loss("hinge"), squared = loss::make_loss("squared");
  EXPECT_EQ(engine->refuses({data, *hinge, 0}), "");
  EXPECT_EQ(engine->refuses({data, *squared, 0}),
            "its derivatives have no bound, and this engine writes them as integers of 16 bits");
  data.features(1, 1) = 0.3F;  // what was converted before is forgotten
  EXPECT_EQ(engine->refuses({data, *hinge, 0}),
            "it reads rows as bytes with one scale; csv:some.csv: row 2 has 0.3 in feature 2; expected a whole number "
            "from 0 to 255 (or in all rows such numbers divided by 255), to store it as byte");
}

TEST(Exact8, WeightsThatDivergedGiveScoresThatAreNoNumbers) {
  const data::Dataset data = make_bytes(40, 30, 3);
  const auto loss = loss::make_loss("softmax_cross_entropy");
  const LinearProblem problem{data, *loss, 0};
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
    for (const Way& way : ways({2})) {
      machine::Team team(team_of(way.threads));
      std::vector<float> w(problem.parameters(), 0.5F), g(w.size());
      w[7] = bad;
      EXPECT_TRUE(std::isnan(make_kernel(problem, team, way).gradient(w, {}, g))) << name(way);
    }
}

}  // namespace
}  // namespace descent::engine
