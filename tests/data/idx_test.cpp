#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files.hpp"

namespace descent::data::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kImages = "train-images-idx3-ubyte";
constexpr const char* kLabels = "train-labels-idx1-ubyte";

class Idx : public testing::Test {
 protected:
  void SetUp() override {
    dir_.write(kImages, idx({2, 1, 2}, std::string_view("\x00\x01\xff\x33", 4)));
    dir_.write(kLabels, idx({2}, "\7\3"));
  }
  TempDir dir_;
  std::string uri() const { return "idx:" + dir_.path(); }
};

TEST_F(Idx, ReadsBytesAndLabels) {
  const Split split = load_plain(uri());
  EXPECT_EQ(split.training.rows(), 2U);
  EXPECT_EQ(split.training.width(), 2U);
  EXPECT_THAT(split.training.features.row_values(0), ElementsAre(0, 1));
  EXPECT_THAT(split.training.features.row_values(1), ElementsAre(255, 51));
  EXPECT_THAT(split.training.labels, ElementsAre(1, 0));
  EXPECT_THAT(split.training.label_names, ElementsAre("3", "7"));
  EXPECT_EQ(split.validation.rows(), 0U);
}

TEST_F(Idx, BytesAreDividedBy255ByDefaultAndABiasIsAppended) {
  const Split split = load(uri(), {});
  EXPECT_THAT(split.training.features.row_values(1), ElementsAre(1, 0.2F, 1));
  EXPECT_TRUE(split.training.has_bias);
  EXPECT_EQ(split.training.name, std::filesystem::path(dir_.path()).filename().string());
}

TEST_F(Idx, TheT10kPartIsTheTestPartPlainOrCompressed) {
  dir_.write("t10k-images-idx3-ubyte.gz", gzip(idx({1, 1, 2}, "ab")));
  dir_.write("t10k-labels-idx1-ubyte", idx({1}, "\7"));
  const Split split = load_plain(uri());
  EXPECT_EQ(split.validation.rows(), 1U);
  EXPECT_THAT(split.validation.features.row_values(0), ElementsAre('a', 'b'));
  EXPECT_THAT(split.validation.labels, ElementsAre(1));
}

TEST_F(Idx, AFileMayLieInAFolderOfItsName) {
  for (const std::string inside : {kImages, "train-images-idx3-ubyte.gz"}) {
    std::filesystem::remove_all(dir_.path(kImages));
    std::filesystem::create_directory(dir_.path(kImages));
    const std::string content = idx({2, 1, 1}, "ab");
    dir_.write(std::string(kImages) + "/" + inside, inside == kImages ? content : gzip(content));
    EXPECT_EQ(load_plain(uri()).training.features.row_values(1)[0], 'b') << inside;
  }
}

TEST_F(Idx, ThePrefixChoosesAmongSetsOfOneDirectory) {
  dir_.write(std::string("small-") + kImages, idx({2, 1, 1}, "ab"));
  dir_.write(std::string("small-") + kLabels, idx({2}, std::string_view("\0\1", 2)));
  EXPECT_EQ(load_plain(uri() + "?prefix=small-").training.width(), 1U);
  EXPECT_THAT(error_of(uri() + "?prefix=other-"), HasSubstr("other-train-images-idx3-ubyte is not there"));
}

TEST_F(Idx, CountsThatDifferAreNamed) {
  dir_.write(kLabels, idx({3}, "\7\3\3"));
  EXPECT_EQ(error_of(uri()),
            dir_.path(kLabels) + ": 3 labels; expected one for each of the 2 images of " + dir_.path(kImages));
}

TEST_F(Idx, WrongMagicIsNamed) {
  dir_.write(kImages, idx({2}, "ab"));
  EXPECT_EQ(error_of(uri()), dir_.path(kImages) + ": magic number 00 00 08 01; expected 00 00 08 03 for images");
  dir_.write(kImages, std::string_view("\0\0\x0d\x03", 4));
  EXPECT_THAT(error_of(uri()), HasSubstr("magic number 00 00 0d 03"));
}

TEST_F(Idx, SizesThatOverflowOrDoNotMatchAreErrorsBeforeAnyAllocation) {
  for (const std::uint32_t extent : {3U, 1000000U, 0xffffffffU}) {
    dir_.write(kImages, idx({extent, extent, extent}, "abcd"));
    EXPECT_THAT(error_of(uri()), HasSubstr("bytes follow the header")) << extent;
  }
  dir_.write(kImages, idx({0, 28, 28}, ""));
  EXPECT_THAT(error_of(uri()), HasSubstr("0 x 28 x 28 items"));
}

TEST_F(Idx, AMissingHalfIsNamed) {
  dir_.write("t10k-images-idx3-ubyte", idx({1, 1, 2}, "ab"));
  EXPECT_THAT(error_of(uri()), HasSubstr("t10k-images-idx3-ubyte has no labels beside it"));
  std::filesystem::remove(dir_.path(kImages));
  std::filesystem::remove(dir_.path(kLabels));
  EXPECT_THAT(error_of(uri()), HasSubstr("train-images-idx3-ubyte is not there"));
  EXPECT_THAT(error_of(uri() + "/absent"), HasSubstr("expected a directory"));
  EXPECT_THAT(error_of("idx:" + dir_.write("file", "x")), HasSubstr("not a directory"));
}

TEST_F(Idx, TestImagesOfAnotherShapeAreAnError) {
  dir_.write("t10k-images-idx3-ubyte", idx({1, 2, 1}, "ab"));
  dir_.write("t10k-labels-idx1-ubyte", idx({1}, "\7"));
  EXPECT_THAT(error_of(uri()), HasSubstr("images of 2 x 1; expected 1 x 2 as in training"));
}

}  // namespace
}  // namespace descent::data::test
