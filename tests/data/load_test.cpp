#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "descent/data/dense_rows.hpp"
#include "files.hpp"

namespace descent::data::test {
namespace {

using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;
using testing::Pointwise;

class Load : public testing::Test {
 protected:
  /// Features 0 and 1 are 3,4 / 0,0 / 3,8 in the training rows and 6,8 in the test row. Feature 2 is the same in all.
  std::string uri() const {
    return "csv:" + dir_.write("a.csv", "3,4,0.1,a\n0,0,0.1,b\n3,8,0.1,a\n") +
           "?test=" + dir_.write("t.csv", "6,8,0.1,a\n");
  }
  std::string labelled(std::string_view labels) const {
    std::string text;
    for (const std::string_view label : core::split(labels, ' ')) text += "1," + std::string(label) + "\n";
    return "csv:" + dir_.write("l.csv", text);
  }
  TempDir dir_;
};

std::vector<float> row(const Dataset& data, std::size_t i) { return data.features.row_values(i); }

TEST_F(Load, UnitDividesEachRowByItsNormAndLeavesZeros) {
  const Split split = load("csv:" + dir_.write("a.csv", "3,4,a\n0,0,b\n"), {.preprocess = "unit", .bias = false});
  EXPECT_THAT(row(split.training, 0), Pointwise(FloatEq(), {0.6F, 0.8F}));
  EXPECT_THAT(row(split.training, 1), ElementsAre(0, 0));
}

TEST_F(Load, CenterTakesTheTrainingMeansOffBothParts) {
  const Split split = load(uri(), {.preprocess = "center", .bias = false});
  EXPECT_THAT(row(split.training, 0), Pointwise(FloatEq(), {1.0F, 0.0F, 0.0F}));
  EXPECT_THAT(row(split.training, 1), Pointwise(FloatEq(), {-2.0F, -4.0F, 0.0F}));
  EXPECT_THAT(row(split.validation, 0), Pointwise(FloatEq(), {4.0F, 4.0F, 0.0F}));
}

// Feature 1 of the training rows has the mean 4 and the variance (0 + 16 + 16)/3.
TEST_F(Load, StandardiseDividesByTheTrainingDeviationAndZeroesConstants) {
  const Split split = load(uri(), {.preprocess = "standardise", .bias = true});
  const float deviation = static_cast<float>(std::sqrt(32.0 / 3));
  EXPECT_THAT(row(split.training, 1), Pointwise(FloatEq(), {-std::sqrt(2.0F), -4 / deviation, 0.0F, 1.0F}));
  EXPECT_THAT(row(split.validation, 0), Pointwise(FloatEq(), {4 / std::sqrt(2.0F), 4 / deviation, 0.0F, 1.0F}));
}

TEST_F(Load, StandardiseZeroesAConstantColumnOfManyRows) {
  std::string text;
  for (int i = 0; i < 997; ++i) text += "0.1," + std::to_string(i % 2) + "\n";
  const Split split = load("csv:" + dir_.write("a.csv", text), {.preprocess = "standardise", .bias = false});
  for (std::size_t i = 0; i < 997; ++i) ASSERT_EQ(split.training.features(i, 0), 0);
}

TEST_F(Load, StepsWorkInTheOrderGiven) {
  const Split split = load(uri(), {.preprocess = "center,unit", .bias = false});
  EXPECT_THAT(row(split.training, 1), Pointwise(FloatEq(), {-2 / std::sqrt(20.0F), -4 / std::sqrt(20.0F), 0.0F}));
}

TEST_F(Load, PreprocessingThatDoesNotExistIsNamed) {
  EXPECT_THAT(error_of(uri(), {.preprocess = "centre"}), HasSubstr("did you mean 'center'?"));
  EXPECT_THAT(error_of(uri(), {.preprocess = "unit,unit"}), HasSubstr("found 'unit' twice"));
  EXPECT_THAT(error_of(uri(), {.preprocess = "unit,none"}), HasSubstr("found 'none' beside other steps"));
}

TEST_F(Load, TheBiasIsTheLastColumnOfBothPartsAndPaddingStaysZero) {
  const Split split = load(uri(), {});
  for (const Dataset* part : {&split.training, &split.validation}) {
    EXPECT_EQ(part->width(), 4U);
    for (std::size_t i = 0; i < part->rows(); ++i) {
      EXPECT_EQ(part->features(i, 3), 1);
      const DenseRows rows(part->features);
      for (std::size_t j = 4; j < rows.stride(); ++j) EXPECT_EQ(rows.row(i)[j], 0);
    }
  }
}

TEST_F(Load, StridesAreThoseOfAnOrdinaryMatrixWithAndWithoutBias) {
  for (const int d : {15, 16, 17, 32, 47, 48}) {
    const std::string source = "synthetic:blobs?n=8&classes=2&noise=0&test=4&d=" + std::to_string(d);
    for (const bool bias : {false, true}) {
      const Split split = load(source, {.bias = bias});
      EXPECT_EQ(split.training.width(), static_cast<std::size_t>(d + bias));
      EXPECT_EQ(DenseRows(split.training.features).stride(), core::padded_stride<float>(split.training.width()));
      EXPECT_EQ(DenseRows(split.validation.features).stride(), core::padded_stride<float>(split.training.width()));
    }
    const Split with = load(source, {.bias = true}), without = load(source, {.bias = false});
    for (std::size_t j = 0; j < static_cast<std::size_t>(d); ++j)
      EXPECT_EQ(with.training.features(7, j), without.training.features(7, j));
  }
}

TEST_F(Load, NumericLabelsSortAsNumbersAndSpellingsOfOneNumberAreOneLabel) {
  const Split split = load_plain(labelled("10 9 +9 9.0 -1 1e1 0 -0"));
  EXPECT_THAT(split.training.label_names, ElementsAre("-1", "0", "9", "10"));
  EXPECT_THAT(split.training.labels, ElementsAre(3, 2, 2, 2, 0, 3, 1, 1));
}

TEST_F(Load, OneTextAmongNumbersMakesAllTexts) {
  const Split split = load_plain(labelled("10 9 a 9.0"));
  EXPECT_THAT(split.training.label_names, ElementsAre("10", "9", "9.0", "a"));
}

TEST_F(Load, NanAndInfinityAreNoLabelsAmongNumbers) {
  for (const char* label : {"nan", "NaN", "-nan", "inf", "-inf", "Infinity"}) {
    const std::string text(label);
    EXPECT_EQ(error_of(labelled("2 1 " + text + " 1")),
              dir_.path("l.csv") + ":3: label '" + text + "'; expected a finite number, as other labels are");
    EXPECT_THAT(error_of(labelled("2 " + text + " cat")), HasSubstr("l.csv:2: label '" + text + "'"));
    EXPECT_THAT(error_of(labelled(text + " " + text)), HasSubstr("l.csv:1: label '" + text + "'"));
  }
  // If labels are names, "nan" may be one of them.
  EXPECT_THAT(load_plain(labelled("nan ada ada nan")).training.label_names, ElementsAre("ada", "nan"));
}

TEST_F(Load, TestLabelsAreMatchedAsNumbersInWhateverSpelling) {
  const std::string source = labelled("1 2 1") + "?test=" + dir_.write("t.csv", "5,+2\n5,1.00\n");
  EXPECT_THAT(load_plain(source).validation.labels, ElementsAre(1, 0));
}

TEST_F(Load, ValidationRowsAreTakenAtRandomAndKeepTheirOrder) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += std::to_string(i) + "," + std::to_string(i % 2) + "\n";
  const std::string source = "csv:" + dir_.write("a.csv", text);
  const LoadOptions options{.preprocess = "none", .bias = false, .validation_fraction = 0.3};
  const Split split = load(source, options), again = load(source, options);
  EXPECT_EQ(split.training.rows(), 70U);
  EXPECT_EQ(split.validation.rows(), 30U);
  EXPECT_EQ(split.validation.content_hash, again.validation.content_hash);
  std::set<float> seen;
  for (const Dataset* part : {&split.training, &split.validation}) {
    float last = -1;
    for (std::size_t i = 0; i < part->rows(); ++i) {
      const float x = part->features(i, 0);
      EXPECT_GT(x, last);
      last = x;
      seen.insert(x);
      EXPECT_EQ(part->labels[i], static_cast<int>(x) % 2);
    }
  }
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_NE(split.validation.features(29, 0), 29.0F);  // they are not just the first rows
}

TEST_F(Load, StatisticsComeFromTheRowsThatRemainForTraining) {
  std::string text;
  for (int i = 0; i < 10; ++i) text += std::to_string(i * i) + "," + std::to_string(i % 2) + "\n";
  const Split split =
      load("csv:" + dir_.write("a.csv", text), {.preprocess = "center", .bias = false, .validation_fraction = 0.3});
  double sum = 0;
  for (std::size_t i = 0; i < split.training.rows(); ++i) sum += split.training.features(i, 0);
  EXPECT_TRUE(std::abs(sum) <= 1e-4);
}

TEST_F(Load, ATestPartOfTheSourceGoesBeforeTheFraction) {
  const Split split = load(uri(), {.validation_fraction = 0.4});
  EXPECT_EQ(split.training.rows(), 3U);
  EXPECT_EQ(split.validation.rows(), 1U);
  EXPECT_THAT(split.notes, testing::Contains(HasSubstr("no validation rows taken from training")));
}

TEST_F(Load, FractionsThatCannotBeAreErrors) {
  for (const double fraction : {-0.1, 1.0, std::nan("")})
    EXPECT_THAT(error_of(labelled("1 2"), {.validation_fraction = fraction}), HasSubstr("validation fraction"));
  EXPECT_THAT(error_of(labelled("1 2"), {.validation_fraction = 0.01}), HasSubstr("leaves one part empty"));
  EXPECT_THAT(error_of(labelled("1 2"), {.validation_fraction = 0.99}), HasSubstr("leaves one part empty"));
}

TEST_F(Load, TheHashDependsOnValuesLabelsAndBiasAlone) {
  const std::string base = load_plain("csv:" + dir_.write("a.csv", "1,2,a\n3,4,b\n")).training.content_hash;
  EXPECT_EQ(base.size(), 64U);
  EXPECT_EQ(base, load_plain("csv:" + dir_.write("b.csv", "x,y,k\n+1,2.0,u\r\n3,4,v")).training.content_hash);
  EXPECT_NE(base, load_plain("csv:" + dir_.write("b.csv", "1,2,a\n3,5,b\n")).training.content_hash);
  EXPECT_NE(base, load_plain("csv:" + dir_.write("b.csv", "1,2,b\n3,4,a\n")).training.content_hash);
  EXPECT_NE(base, load("csv:" + dir_.path("a.csv"), {.bias = true}).training.content_hash);
}

TEST_F(Load, TheNameIsTheLastComponentWithoutExtension) {
  EXPECT_EQ(load_plain("csv:" + dir_.write("iris.csv.gz", gzip("1,a\n2,b\n"))).training.name, "iris");
  EXPECT_EQ(load_plain("csv:" + dir_.path() + "/./iris.csv.gz").training.source,
            "csv:" + dir_.path() + "/./iris.csv.gz");
}

TEST_F(Load, ManyClassesRaiseAQuestion) {
  EXPECT_THAT(load_plain(labelled("1 2 3")).notes, testing::Contains(HasSubstr("is the label column the right one?")));
}

}  // namespace
}  // namespace descent::data::test
