#include "data/memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "address_limit.hpp"
#include "files.hpp"

namespace descent::data::test {
namespace {

using testing::HasSubstr;
constexpr std::size_t kGibibyte = std::size_t{1} << 30;

TEST(Memory, ALimitOnTheAddressSpaceCounts) {
  if (!AddressLimit::possible()) GTEST_SKIP() << "sanitizers reserve more address space than this test allows";
  const AddressLimit limit(kGibibyte);
  EXPECT_LE(core::available_memory_bytes(), kGibibyte);
  EXPECT_GE(core::available_memory_bytes(), kGibibyte / 2);
}

TEST(Memory, TwoRowsWithTheLargestIndexAreRefusedBeforeAnyOfItIsTaken) {
  if (!AddressLimit::possible()) GTEST_SKIP() << "sanitizers reserve more address space than this test allows";
  const TempDir dir;
  const AddressLimit limit(kGibibyte);
  // 2 rows of 2^31 floats, and 4 vectors of 2^31 doubles for the largest eigenvalue: 2^31 × 40 bytes are 85.9 GB.
  const std::string message = error_of("libsvm:" + dir.write("a.svm", "1 2147483647:1\n-1 1:1\n"));
  EXPECT_THAT(message, HasSubstr("a.svm: 2 rows x 2,147,483,647 features, stored densely, needs 85.9 GB; expected at "
                                 "most the 1.1 GB of memory that are available"));
}

TEST(Memory, TheVectorsOfTheEigenvalueCountToo) {
  if (!AddressLimit::possible()) GTEST_SKIP() << "sanitizers reserve more address space than this test allows";
  const TempDir dir;
  const AddressLimit limit(kGibibyte);
  // The features alone take 2 × 4 bytes × 10^8, which would fit.
  EXPECT_THAT(error_of("libsvm:" + dir.write("a.svm", "1 100000000:1\n-1 1:1\n")), HasSubstr("needs 4.0 GB; expected"));
  EXPECT_EQ(error_of("libsvm:" + dir.write("a.svm", "1 100000:1\n-1 1:1\n")), "");
}

}  // namespace
}  // namespace descent::data::test
