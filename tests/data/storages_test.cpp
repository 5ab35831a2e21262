// Every kind of storage holds the same rows.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "descent/core/random.hpp"
#include "descent/data/byte_rows.hpp"
#include "descent/data/sparse_rows.hpp"
#include "files.hpp"

namespace descent::data::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Whole numbers from 0 to 255, most of them 0, so that every kind holds them. Two rows have no other value than 0.
core::Matrix<float> whole_numbers(std::size_t rows, std::size_t width) {
  core::Matrix<float> matrix(rows, width, width + 1);
  core::CounterRandom random(3, core::Purpose::data);
  for (std::size_t i = 2; i < rows; ++i)
    for (std::size_t j = 0; j < width; ++j)
      if (random.next_below(4) == 0) matrix(i, j) = static_cast<float>(random.next_below(256));
  return matrix;
}

void expect_values(const Features& features, const core::Matrix<float>& matrix, std::size_t width) {
  ASSERT_EQ(features.rows(), matrix.rows());
  ASSERT_EQ(features.cols(), width);
  for (std::size_t i = 0; i < matrix.rows(); ++i)
    for (std::size_t j = 0; j < width; ++j)
      ASSERT_EQ(std::as_const(features)(i, j), j < matrix.cols() ? matrix(i, j) : 1.0F) << i << ' ' << j;
}

TEST(StorageRegistry, HoldsExactlyTheFilesOfItsFolder) {
  EXPECT_THAT(StorageRegistry::instance().names(), ElementsAre("bytes", "dense", "sparse"));
  for (const auto& entry : StorageRegistry::instance().entries()) {
    EXPECT_THAT(entry.file, HasSubstr("data/storages/" + entry.name + ".cpp"));
    EXPECT_NE(describe_storage(entry.name), "");
  }
}

TEST(Storages, KeepValuesThroughConversionGatherCopyAndBias) {
  constexpr std::size_t n = 50, d = 17;
  const core::Matrix<float> matrix = whole_numbers(n, d);
  for (const std::string& from : StorageRegistry::instance().names())
    for (const std::string& kind : StorageRegistry::instance().names()) {
      SCOPED_TRACE(from + " to " + kind);
      Features features = stored_as(kind, stored_as(from, whole_numbers(n, d), "made"), "made");
      EXPECT_EQ(features.kind(), kind);
      expect_values(features, matrix, d);
      const std::vector<std::uint32_t> some{7, 0, 49, 7};
      const Features gathered(features.storage().gather(some));
      EXPECT_EQ(gathered.kind(), kind);
      for (std::size_t r = 0; r < some.size(); ++r) EXPECT_EQ(gathered.row_values(r), features.row_values(some[r]));
      Features copy(features.storage().room());
      for (const std::size_t end : {13, 13, 50}) copy.storage().copy_rows(features.storage(), end == 13 ? 0 : 13, end);
      expect_values(copy, matrix, d);
      features.storage().append_ones();
      expect_values(features, matrix, d + 1);
      EXPECT_GT(features.storage().bytes(), 0U);
    }
}

// A byte b stands for the number that dividing b by 255 in float32 gives: 1 for 255, the float nearest to 0.2 for 51.
TEST(ByteRows, AreTheFloatsThatDivisionGives) {
  core::Matrix<std::uint8_t> bytes(1, 256, 257);
  for (int b = 0; b < 256; ++b) bytes(0, static_cast<std::size_t>(b)) = static_cast<std::uint8_t>(b);
  ByteRows rows(std::move(bytes), 1.0 / 255);
  rows.append_ones();
  std::vector<float> values(257);
  rows.read(0, values.data());
  for (int b = 0; b < 256; ++b) EXPECT_EQ(values[static_cast<std::size_t>(b)], static_cast<float>(b) / 255.0F) << b;
  EXPECT_EQ(values[256], 1);
  EXPECT_EQ(rows.view()(0, 256), 255) << "the bias is a byte too";
}

TEST(Storages, BytesRefuseWhatIsNoByteAndNameIt) {
  for (const float value : {0.5F, -1.0F, 256.0F}) {
    core::Matrix<float> matrix(2, 3);
    matrix(1, 2) = value;
    try {
      stored_as("bytes", std::move(matrix), "some.csv");
      FAIL() << value;
    } catch (const core::InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr(fmt::format("some.csv: row 2 has {} in feature 3; expected a whole", value)));
    }
  }
}

TEST(Storages, AKindThatDoesNotExistIsNamed) {
  EXPECT_THROW(stored_as("byte", whole_numbers(3, 2), "made"), core::UsageError);
}

TEST(Storages, LoadedInAnyKindHaveTheSameHash) {
  const TempDir dir;
  const std::string uri = "libsvm:" + dir.write("a.svm", "1 1:1 3:7\n2 2:255\n1\n2 1:3 2:1\n");
  std::vector<std::string> hashes;
  for (const std::string& kind : StorageRegistry::instance().names())
    for (const double fraction : {0.0, 0.5}) {
      const Split split = load(uri, {.validation_fraction = fraction, .storage = kind});
      EXPECT_EQ(split.training.features.kind(), kind);
      EXPECT_EQ(split.training.width(), 4U);
      hashes.push_back(split.training.content_hash + split.validation.content_hash);
      if (hashes.size() > 2) {
        EXPECT_EQ(hashes.back(), hashes[hashes.size() - 3]) << kind;
      }
    }
  EXPECT_NE(hashes[0], hashes[1]);
}

// A file in the LIBSVM format contains only the values that are not 0. Sparse rows hold just these, and the bias.
TEST(SparseRows, HoldTheEntriesOfTheFileAndTheBias) {
  const TempDir dir;
  const Split split = load("libsvm:" + dir.write("a.svm", "1 1:0.5 3:-7\n2\n1 2:3\n2 3:1\n"), {.storage = "sparse"});
  const SparseMatrix& matrix = dynamic_cast<const SparseRows&>(split.training.features.storage()).matrix();
  EXPECT_THAT(matrix.ends, ElementsAre(3, 4, 6, 8));
  EXPECT_THAT(matrix.columns, ElementsAre(0, 2, 3, 3, 1, 3, 2, 3));
  EXPECT_THAT(matrix.values, ElementsAre(0.5F, -7, 1, 1, 3, 1, 1, 1));
}

TEST(Storages, PreprocessedRowsAreStoredAsAskedForWhereTheyFit) {
  const TempDir dir;
  const std::string uri = "libsvm:" + dir.write("a.svm", "1 1:3 2:5\n2 2:5\n1 1:2\n2\n");
  const Split dense = load(uri, {.preprocess = "unit"}),
              sparse = load(uri, {.preprocess = "unit", .storage = "sparse"});
  EXPECT_EQ(dense.training.content_hash, sparse.training.content_hash);
  EXPECT_EQ(sparse.training.features.kind(), "sparse");
  EXPECT_THROW(load(uri, {.preprocess = "unit", .storage = "bytes"}), core::InputError);
}

}  // namespace
}  // namespace descent::data::test
