// The engine `exact8` has to give the sums of 64-bit integers to the bit, on any instruction set and number of threads.
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

/// The fastest instruction set with every sharing and thread count, and the other instruction sets with a few of them.
std::vector<Way> ways(std::initializer_list<int> threads) {
  std::vector<Way> result;
  const std::vector<const Exact8Microkernels*> all = exact8_microkernels();
  for (const Sharing sharing : {Sharing::rows, Sharing::features, Sharing::serial, Sharing::automatic})
    for (const int count : threads) result.push_back({all.front(), sharing, count});
  for (const Exact8Microkernels* kernels : std::span(all).subspan(1)) {
    result.push_back({kernels, Sharing::rows, 2});
    result.push_back({kernels, Sharing::features, 1});
  }
  return result;
}

std::string name(const Way& way) {
  return std::string(way.kernels->target) + ' ' + std::string(sharing_name(way.sharing)) + ' ' +
         std::to_string(way.threads);
}

Exact8Kernel make_kernel(const LinearProblem& problem, machine::Team& team, const Way& way) {
  SharingSettings settings;
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
      for (const Way& way : ways({2})) {
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

/// An update rule that has one number of state for each weight and whose rate depends on the number of the step.
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
        EXPECT_EQ(train(problem, fastest, plain_rule(), batch, 5, 1), expected) << "with one step in each call";
        const std::string by_rule = train(problem, plainest, Counting(), batch, 5, 5);
        for (const std::size_t chunk : {std::size_t{2}, std::size_t{5}})
          EXPECT_EQ(train(problem, fastest, Counting(), batch, 5, chunk), by_rule) << "a rule with state";
      }
    }
  }
}

// The hashes in the file came from one compiler and instruction set; all others have to give the same.
// DESCENT_UPDATE_GOLDEN=1 writes the file anew.
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

// The bound of docs/decisions/0022, with the exponents in use. For the gradient of a weight it is
//   mean over rows of x_ij (half a slope's unit + curvature · half a weight's unit · Σ_j x_ij).
TEST(Exact8, GradientsKeepWithinTheirOwnBound) {
  core::CounterRandom random(2, core::Purpose::vector);
  double nearest = 0;
  for (int trial = 0; trial < 24; ++trial) {
    const std::size_t n = 20 + random.next_below(200), d = 1 + random.next_below(300);
    const data::Dataset data = make_bytes(n, d, 5, 1 + random.next_below(255), static_cast<std::uint64_t>(trial));
    const auto loss = loss::make_loss(trial % 2 == 0 ? "softmax_cross_entropy" : "logistic");
    const LinearProblem problem{data, *loss, 0};
    const std::vector<float> w = make_weights(problem, std::pow(10.0, 3 * random.next_unit() - 1));
    machine::Team team(team_of(2));
    std::vector<float> found(w.size()), truth(w.size());
    make_kernel(problem, team, {exact8_microkernels().front(), Sharing::rows, 2}).gradient(w, {}, found);
    make_engine("reference")->prepare(problem, team)->gradient(w, {}, truth);
    const Exact8Reference exact{problem};
    double unit = 0;  // of weights: the largest over the outputs
    for (std::size_t k = 0; k < problem.outputs(); ++k) {
      double of_output = 0;
      exact.weights(std::span(w).subspan(k * d, d), of_output);
      unit = std::max(unit, of_output);
    }
    std::vector<double> bound(d);
    for (std::size_t i = 0; i < n; ++i) {
      const std::vector<float> x = data.features.row_values(i);
      double total = 0;
      for (const float value : x) total += static_cast<double>(value);
      // A slope is off by at most curvature · 2 · the error of a score, since its own score and those of others are
      // off.
      const double of_slope = 0.5 / kMostQ + 0.5 * unit / 2 * total + 1e-6;
      for (std::size_t j = 0; j < d; ++j) bound[j] += of_slope * static_cast<double>(x[j]) / static_cast<double>(n);
    }
    for (std::size_t at = 0; at < w.size(); ++at) {
      const double error = std::abs(static_cast<double>(found[at]) - static_cast<double>(truth[at]));
      EXPECT_TRUE(error <= bound[at % d] + 1e-9) << trial << ' ' << at << ": " << error << " > " << bound[at % d];
      if (bound[at % d] > 0) nearest = std::max(nearest, error / bound[at % d]);
    }
  }
  EXPECT_GT(nearest, 0.02) << "the bound is 50 times the largest error or more: it is too loose to test anything";
}

// Σ |q_j| of an output is the largest that is allowed, and all features are 255. The sum has to be right, although
// partial sums exceed their integers and wrap around.
TEST(Exact8, ScoresAreRightUpToTheEdgeOfTheirIntegers) {
  for (const Exact8Microkernels* kernels : exact8_microkernels())
    for (const float sign : {1.0F, -1.0F}) {
      // 320 weights of 32,512 would be beyond kMostWeightSum.
      constexpr std::size_t width = 320;
      core::AlignedBuffer<float> w(width), s(16);
      core::AlignedBuffer<std::int8_t> q(2 * width);
      core::AlignedBuffer<std::uint8_t> x(width);
      w.zero();
      std::int64_t left = kMostWeightSum;
      for (std::size_t j = 0; j < width; ++j) {
        const std::int64_t most = std::min<std::int64_t>(left, kMostQ - 1 - static_cast<std::int64_t>(j));
        w[j] = sign * static_cast<float>(most), left -= most;
        x[j] = 255;
      }
      ASSERT_EQ(left, 0);
      EXPECT_EQ(kernels->quantise_weights(w.data(), width, 1, q.data()), kMostWeightSum);
      const std::uint8_t* rows[16];
      std::fill(std::begin(rows), std::end(rows), x.data());
      const float one = 1;
      kernels->forward({.x = rows,
                        .rows = 16,
                        .block = {0, width, width / kChunkFeatures},
                        .q = q.data(),
                        .scale = &one,
                        .outputs = 1,
                        .s = s.data(),
                        .s_stride = 16,
                        .fetch = {}});
      for (std::size_t r = 0; r < 16; ++r)
        EXPECT_EQ(s[r], sign * static_cast<float>(255 * kMostWeightSum)) << kernels->target;
    }
}

// The most rows whose sum int32 can hold, with the slopes whose two bytes are the largest.
TEST(Exact8, GradientSumsAreRightUpToTheEdgeOfTheirIntegers) {
  for (const Exact8Microkernels* kernels : exact8_microkernels())
    for (const std::int32_t slope : {127 * 256 - 128, -127 * 256 - 128 + 256, kMostQ, -kMostQ}) {
      constexpr std::size_t rows = kMostBackwardRows;
      core::AlignedBuffer<float> slopes(rows), w(kLineFeatures), out(kLineFeatures);
      core::AlignedBuffer<std::int8_t> q(2 * rows);
      core::AlignedBuffer<std::int32_t> g(2 * kLineFeatures);
      core::AlignedBuffer<std::uint8_t> x(kLineFeatures);
      std::fill_n(x.data(), kLineFeatures, std::uint8_t{255});
      std::fill_n(slopes.data(), rows, static_cast<float>(slope));
      w.zero();
      kernels->quantise_slopes({slopes.data(), rows, 1, 0, rows, 1, q.data()});
      std::vector<const std::uint8_t*> pointers(rows, x.data());
      static_assert(kMostSummedRows % rows == 0);
      for (std::size_t done = 0; done < kMostSummedRows; done += rows)
        kernels->backward({.x = pointers.data(),
                           .rows = rows,
                           .block = {0, kLineFeatures, 4},
                           .q = q.data(),
                           .q_stride = rows,
                           .first = 0,
                           .outputs = 1,
                           .g = g.data(),
                           .add = done > 0,
                           .fetch = {}});
      const std::int32_t* const sums = g.data();
      kernels->finish({&sums, 1, kLineFeatures, w.data(), out.data(), 1, 0, 0, false});
      const std::int64_t sum = std::int64_t{255} * slope * static_cast<std::int64_t>(kMostSummedRows);
      for (std::size_t j = 0; j < kLineFeatures; ++j) {
        EXPECT_EQ(256 * std::int64_t{g[j]} + g[kLineFeatures + j], sum) << kernels->target << ' ' << slope;
        const float joined = std::fma(static_cast<float>(g[j]), 256.0F, static_cast<float>(g[kLineFeatures + j]));
        EXPECT_EQ(out[j], joined) << kernels->target << ' ' << slope;
      }
    }
}

TEST(Exact8, GradientsOfMoreRowsThanInt32HoldsAreExactToo) {
  const data::Dataset data = make_bytes(kMostSummedRows + 3000, 3, 2);
  const auto loss = loss::make_loss("hinge");
  const LinearProblem problem{data, *loss, 0};
  const std::vector<float> w{0.3F, -0.2F, -0.1F};
  const std::vector<float> expected = Exact8Reference{problem}.gradient(w, {});
  for (const Way& way : ways({1, 3})) {
    machine::Team team(team_of(way.threads));
    std::vector<float> found(w.size());
    make_kernel(problem, team, way).gradient(w, {}, found);
    EXPECT_EQ(found, expected) << name(way);
  }
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
  data.features(1, 1) = 0.3F;  // the rows that were converted before may not be used again
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
