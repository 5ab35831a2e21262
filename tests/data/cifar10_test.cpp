#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files.hpp"

namespace descent::data::test {
namespace {

using testing::ElementsAre;

TEST(Cifar10, ReadsAllBatchesInNumericalOrderAndTheTestBatch) {
  const TempDir dir;
  dir.write("data_batch_10.bin", cifar_record(4, 10));
  dir.write("data_batch_9.bin.gz", gzip(cifar_record(2, 9)));
  dir.write("data_batch_1.bin", cifar_record(0, 1) + cifar_record(9, 2));
  dir.write("test_batch_first1000.bin.gz", gzip(cifar_record(9, 3)));
  dir.write("batches.meta.txt", "airplane");
  const RawData data = read("cifar10:" + dir.path());
  EXPECT_THAT(data.training.labels, ElementsAre("0", "9", "2", "4"));
  EXPECT_THAT(data.test.labels, ElementsAre("9"));
  EXPECT_TRUE(data.image_bytes);
  ASSERT_EQ(data.training.features.cols(), 3072U);
  EXPECT_EQ(data.training.features(0, 0), 1);
  EXPECT_EQ(data.training.features(1, 3071), (2 + 3071) % 256);
  EXPECT_EQ(data.training.features(2, 0), 9);
  EXPECT_EQ(data.training.features(3, 0), 10);
  EXPECT_EQ(data.test.features(0, 0), 3);
  EXPECT_THAT(data.notes, testing::Contains("data_batch_1.bin: 2 images"));
}

TEST(Cifar10, ABatchThatIsThereBothWaysCountsOnce) {
  const TempDir dir;
  dir.write("data_batch_1.bin", cifar_record(0, 1) + cifar_record(1, 1));
  dir.write("data_batch_1.bin.gz", gzip(cifar_record(2, 1)));
  EXPECT_THAT(read("cifar10:" + dir.path()).training.labels, ElementsAre("0", "1"));
}

TEST(Cifar10, ReadsTheFirstBatchesAlone) {
  const TempDir dir;
  dir.write("data_batch_10.bin", cifar_record(4, 10));
  dir.write("data_batch_2.bin", cifar_record(2, 1));
  dir.write("data_batch_1.bin", cifar_record(0, 1) + cifar_record(9, 2));
  EXPECT_THAT(read("cifar10:" + dir.path() + "?batches=1").training.labels, ElementsAre("0", "9"));
  EXPECT_THAT(read("cifar10:" + dir.path() + "?batches=2").training.labels, ElementsAre("0", "9", "2"));
  EXPECT_EQ(files_of("cifar10:" + dir.path() + "?batches=1").size(), 1U);
  for (const char* wrong : {"0", "4", "-1", "x"})
    EXPECT_THAT(error_of("cifar10:" + dir.path() + "?batches=" + wrong), testing::HasSubstr("batches"));
}

TEST(Cifar10, WrongSizesLabelsAndMissingBatchesAreNamed) {
  const TempDir dir;
  EXPECT_EQ(error_of("cifar10:" + dir.path()), dir.path() + ": no data_batch_*.bin[.gz] in it; expected at least one");
  const std::string path = dir.write("data_batch_1.bin", cifar_record(0, 1) + "x");
  EXPECT_EQ(error_of("cifar10:" + dir.path()),
            path + ": 3,074 bytes, 1 more than whole records; expected a multiple of 3073");
  dir.write("data_batch_1.bin", cifar_record(0, 1) + cifar_record(10, 1));
  EXPECT_EQ(error_of("cifar10:" + dir.path()), path + ": image 2: label 10; expected 0 to 9");
  dir.write("data_batch_1.bin", "");
  EXPECT_EQ(error_of("cifar10:" + dir.path()), path + ": empty; expected data");
}

}  // namespace
}  // namespace descent::data::test
