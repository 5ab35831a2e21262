// Products of rows are the same for every kind of storage, and an engine says why it refuses rows that it cannot read.
#include "descent/engine/row_products.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/make_problem.hpp"

namespace descent::engine {
namespace {

constexpr std::size_t kRows = 230, kWidth = 21, kOutputs = 3;

/// Whole numbers from 0 to 255, two thirds of them 0, in one kind of storage.
data::Dataset rows_in(std::string_view kind) {
  data::Dataset data = testing::make_dataset(kRows, kWidth, 3);
  for (std::size_t i = 0; i < kRows; ++i)
    for (std::size_t j = 0; j < kWidth; ++j)
      data.features(i, j) = j % 3 == i % 3 ? static_cast<float>((7 * i + 3 * j) % 256) : 0.0F;
  data.features = data::stored_as(kind, std::move(data.features), "made");
  return data;
}

std::vector<double> numbers(std::size_t size, std::uint64_t seed) {
  core::CounterRandom random(seed, core::Purpose::vector);
  std::vector<double> result(size);
  for (double& value : result) value = random.next_normal();
  return result;
}

class EveryStorage : public ::testing::TestWithParam<std::string> {
 protected:
  data::Dataset dense_ = rows_in("dense"), data_ = rows_in(GetParam());
  std::unique_ptr<RowProducts> products_ = make_row_products(data_.features);
  double x(std::size_t i, std::size_t j) const { return static_cast<double>(std::as_const(dense_.features)(i, j)); }
};

TEST_P(EveryStorage, ScoresAndGradientsAreThePlainSums) {
  const std::vector<double> w = numbers(kOutputs * kWidth, 1), s = numbers(kOutputs * kRows, 2);
  for (const auto& [first, count] : {std::pair<std::size_t, std::size_t>{0, kRows}, {5, 96}, {229, 1}}) {
    std::vector<double> scores(kOutputs * kRows), gradient(kOutputs * kWidth, 7);
    products_->scores(w.data(), kOutputs, first, count, scores.data(), kRows);
    products_->gradient(s.data(), kRows, kOutputs, first, count, gradient.data());
    for (std::size_t k = 0; k < kOutputs; ++k) {
      for (std::size_t r = 0; r < count; ++r) {
        double sum = 0;
        for (std::size_t j = 0; j < kWidth; ++j) sum += w[k * kWidth + j] * x(first + r, j);
        EXPECT_NEAR(scores[k * kRows + r], sum, 1e-9);
      }
      for (std::size_t j = 0; j < kWidth; ++j) {
        double sum = 0;
        for (std::size_t r = 0; r < count; ++r) sum += s[k * kRows + r] * x(first + r, j);
        EXPECT_NEAR(gradient[k * kWidth + j], sum, 1e-8);
      }
    }
  }
}

TEST_P(EveryStorage, GramsAreThePlainSums) {
  std::vector<double> scale(kRows), gram(kWidth * kWidth), v = numbers(kWidth, 3), out(products_->padded_width());
  for (std::size_t i = 0; i < kRows; ++i) scale[i] = i % 4 == 0 ? 0 : 1.0 / static_cast<double>(i);
  v.resize(products_->padded_width());
  products_->add_gram(scale.data(), gram.data());
  products_->gram_times(v.data(), out.data());
  for (std::size_t a = 0; a < kWidth; ++a) {
    double times = 0;
    for (std::size_t b = 0; b < kWidth; ++b) {
      double sum = 0, whole = 0;
      for (std::size_t i = 0; i < kRows; ++i) sum += scale[i] * x(i, a) * x(i, b), whole += x(i, a) * x(i, b);
      times += whole * v[b];
      if (a >= b) {
        EXPECT_NEAR(gram[b * kWidth + a], sum, 1e-11 * std::max(1.0, sum));
      }
    }
    EXPECT_NEAR(out[a], times, 1e-6);
  }
}

TEST_P(EveryStorage, SingleRowsAreThePlainSums) {
  const std::vector<double> w = numbers(kWidth, 4);
  for (std::size_t i = 0; i < kRows; ++i) {
    double dot = 0, squares = 0;
    std::vector<double> moved = w;
    products_->add(-0.5, i, moved.data());
    for (std::size_t j = 0; j < kWidth; ++j) {
      dot += w[j] * x(i, j), squares += x(i, j) * x(i, j);
      EXPECT_NEAR(moved[j], w[j] - 0.5 * x(i, j), 1e-12);
    }
    EXPECT_NEAR(products_->dot(i, w.data()), dot, 1e-10);
    EXPECT_NEAR(products_->norm_squared(i), squares, 1e-9);
  }
}

TEST_P(EveryStorage, TheReferenceReadsItToTheSameBitsAndOthersSayWhyNot) {
  const auto loss = loss::make_loss("softmax_cross_entropy");
  machine::Team team({.threads = 2, .oversubscribe = true});
  const LinearProblem on_dense{dense_, *loss, 0.1}, problem{data_, *loss, 0.1};
  const auto reference = make_engine("reference");
  EXPECT_EQ(reference->refuses(problem), "");
  const std::vector<float> w = testing::make_weights(problem, 0.01);
  std::vector<float> expected(w.size()), found(w.size());
  reference->prepare(on_dense, team)->gradient(w, {}, expected);
  reference->prepare(problem, team)->gradient(w, {}, found);
  EXPECT_EQ(found, expected);
  for (const std::string& name : EngineRegistry::instance().names()) {
    const auto engine = EngineRegistry::instance().make("engine", name);
    if (name == "reference") continue;
    const bool converts = engine->storage() == "bytes";  // these rows fit into bytes, whatever stores them
    EXPECT_EQ(engine->refuses(problem).empty(), converts || GetParam() == engine->storage()) << name;
    if (GetParam() == "sparse" && !converts) {
      EXPECT_EQ(engine->refuses(problem), "it reads rows as dense float32; these are stored as compressed sparse rows");
      EXPECT_THROW(expect_accepts(*engine, problem), core::UsageError);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryStorage, ::testing::ValuesIn(data::StorageRegistry::instance().names()),
                         [](const auto& storage) { return storage.param; });

TEST(StorageFor, IsDenseUnlessAllEnginesReadAnother) {
  const std::vector<std::string> all = EngineRegistry::instance().names();
  EXPECT_EQ(storage_for(all), "dense");
  EXPECT_EQ(storage_for({}), "dense");
}

}  // namespace
}  // namespace descent::engine
