#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "descent/core/random.hpp"
#include "files.hpp"

namespace descent::data::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The known answers were computed in double outside the program, from the definition of synthA.
TEST(SynthA, HasTheKnownSumAndCounts) {
  const Split split = load_plain("synthetic:synthA");
  ASSERT_EQ(split.training.rows(), 200U);
  ASSERT_EQ(split.training.width(), 5U);
  core::SplitMix64 random(42);
  double exact = 0, stored = 0;
  for (std::size_t i = 0; i < 200; ++i)
    for (std::size_t j = 0; j < 5; ++j) {
      const double x = 2 * random.next_unit() - 1;
      ASSERT_EQ(split.training.features(i, j), static_cast<float>(x));
      exact += x;
      stored += split.training.features(i, j);
    }
  EXPECT_TRUE(std::abs(exact - -20.45063542918302) <= 1e-12);
  EXPECT_TRUE(std::abs(stored - -20.45063542918302) <= 1e-6);  // features are float32
  std::array<int, 3> counts{};
  for (const std::int32_t label : split.training.labels) ++counts[static_cast<std::size_t>(label)];
  EXPECT_THAT(counts, ElementsAre(69, 65, 66));
}

TEST(SynthA, TheBinaryTaskIsPositiveWhereTheLabelIsZero) {
  const Split all = load_plain("synthetic:synthA?task=multiclass"), binary = load_plain("synthetic:synthA?task=binary");
  EXPECT_THAT(binary.training.label_names, ElementsAre("-1", "1"));
  for (std::size_t i = 0; i < 200; ++i) EXPECT_EQ(binary.training.labels[i] == 1, all.training.labels[i] == 0);
  EXPECT_THAT(error_of("synthetic:synthA?task=both"), HasSubstr("task is 'both'; expected multiclass or binary"));
}

TEST(Blobs, HasTheShapeThatIsAskedForAndBalancedClasses) {
  const Split split = load_plain("synthetic:blobs?n=30&d=4&classes=3&test=7&noise=0");
  EXPECT_EQ(split.training.rows(), 30U);
  EXPECT_EQ(split.training.width(), 4U);
  EXPECT_EQ(split.validation.rows(), 7U);
  EXPECT_EQ(std::count(split.training.labels.begin(), split.training.labels.end(), 2), 10);
}

TEST(Blobs, RowsDependOnTheSeedAndNotOnTheirNumber) {
  const RawData base = read("synthetic:blobs?n=20&d=3&classes=2&test=4&seed=5");
  const RawData longer = read("synthetic:blobs?n=40&d=3&classes=2&test=8&seed=5");
  const RawData other = read("synthetic:blobs?n=20&d=3&classes=2&test=4&seed=6");
  for (std::size_t i = 0; i < 20; ++i)
    EXPECT_TRUE(std::ranges::equal(base.training.features.row_values(i), longer.training.features.row_values(i)));
  EXPECT_TRUE(std::ranges::equal(base.test.features.row_values(3), longer.test.features.row_values(3)));
  EXPECT_NE(base.training.features(0, 0), other.training.features(0, 0));
  EXPECT_NE(base.training.features(0, 0), base.test.features(0, 0));
}

TEST(Blobs, MeansLieAtTheSeparationAndTheSpreadIsOne) {
  const RawData data = read("synthetic:blobs?n=20000&d=3&classes=2&noise=0&separation=5&test=0");
  for (std::size_t k = 0; k < 2; ++k) {
    std::array<double, 3> sum{}, squares{};
    for (std::size_t i = k; i < 20000; i += 2)
      for (std::size_t j = 0; j < 3; ++j) {
        sum[j] += data.training.features(i, j) / 1e4;
        squares[j] += static_cast<double>(data.training.features(i, j)) * data.training.features(i, j) / 1e4;
      }
    const double distance = std::sqrt(sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2]);
    EXPECT_TRUE(std::abs(distance - 5) <= 0.05);
    for (std::size_t j = 0; j < 3; ++j) EXPECT_TRUE(std::abs(squares[j] - sum[j] * sum[j] - 1) <= 0.07);
  }
}

TEST(Blobs, TheNoiseIsTheShareOfWrongLabels) {
  const RawData data = read("synthetic:blobs?n=20000&d=1&classes=4&noise=0.25&test=0");
  int wrong = 0;
  for (std::size_t i = 0; i < 20000; ++i) wrong += data.training.labels[i] != std::to_string(i % 4);
  EXPECT_TRUE(std::abs(wrong / 2e4 - 0.25) <= 5 * std::sqrt(0.25 * 0.75 / 2e4));
}

TEST(Blobs, ValuesOutOfRangeAreNamed) {
  for (const char* query : {"n=1", "d=0", "classes=1", "n=4&classes=5", "noise=1.5", "noise=x", "separation=inf",
                            "seed=-1", "n=2147483648", "test=x", "condition=0.5", "condition=x"})
    EXPECT_THAT(error_of(std::string("synthetic:blobs?") + query), HasSubstr("expected")) << query;
  EXPECT_THAT(error_of("synthetic:blobs?n=2000000000&d=2000000000"), HasSubstr("of memory that are available"));
  EXPECT_THAT(error_of("synthetic:blob"), HasSubstr("unknown synthetic data set 'blob'; did you mean 'blobs'?"));
}

// Every machine has to make the same bits. The hash is that of the first release, so that nobody changes the generator
// by accident.
TEST(Blobs, TheDefaultDataKeepItsHash) {
  const Split split = load(kDefaultData, {});
  EXPECT_EQ(split.training.rows(), 8192U);
  EXPECT_EQ(split.training.width(), 65U);
  EXPECT_EQ(split.validation.rows(), 2048U);
  EXPECT_EQ(split.training.content_hash, "4f6d0eea86c329767795890f15d4739a38e1092fd4f1529db8c062ce43f126e2");
}

}  // namespace
}  // namespace descent::data::test
