#include "descent/core/aligned.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <vector>

#include "descent/core/matrix.hpp"

namespace descent::core {
namespace {

/// How many pages of the matrix are in memory. A page gets memory when it is written for the first time.
std::size_t pages_present(const Matrix<float>& matrix) {
  const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE)),
                    bytes = matrix.rows() * matrix.stride() * sizeof(float);
  std::vector<unsigned char> present((bytes + page - 1) / page);
  EXPECT_EQ(mincore(const_cast<float*>(matrix.data()), bytes, present.data()), 0);
  return static_cast<std::size_t>(
      std::count_if(present.begin(), present.end(), [](unsigned char p) { return (p & 1U) != 0; }));
}

TEST(Matrix, UnwrittenLeavesEveryPageToWhoWritesItFirst) {
#if defined(DESCENT_SANITIZE_ADDRESS) || defined(DESCENT_SANITIZE_THREAD)
  GTEST_SKIP() << "the sanitizer's allocator itself writes to the memory that it returns";
#endif
  // glibc's malloc takes large blocks directly from the system until one of them is freed. From then on it takes blocks
  // of up to that size from its heap, where they may have been written before. The first lines bring it into that
  // state.
  { const Matrix<float> first(8192, 784); }
  auto used = std::make_unique<Matrix<float>>(6144, 784);
  const Matrix<float> zeros(4096, 784);
  used.reset();
  const Matrix<float> unwritten = Matrix<float>::unwritten(zeros);
  EXPECT_EQ(unwritten.rows(), zeros.rows());
  EXPECT_EQ(unwritten.cols(), zeros.cols());
  EXPECT_EQ(unwritten.stride(), zeros.stride());
  EXPECT_GT(pages_present(zeros), 3000U);
  EXPECT_EQ(pages_present(unwritten), 0U);
}

std::uintptr_t address(const void* data) { return reinterpret_cast<std::uintptr_t>(data); }

TEST(AllocateAligned, GivesCacheLinesAndFrom4MiBOnHugePages) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{65}, std::size_t{4 << 20} - 1}) {
    void* data = allocate_aligned(bytes);
    EXPECT_EQ(address(data) % kCacheLineBytes, 0U) << bytes;
    free_aligned(data);
  }
  for (const std::size_t bytes : {std::size_t{4} << 20, (std::size_t{6} << 20) + 1}) {
    void* data = allocate_aligned(bytes);
    EXPECT_EQ(address(data) % (2U << 20), 0U) << bytes;
    free_aligned(data);
  }
}

TEST(AllocateAligned, ThrowsWhenTheSizeCannotBe) {
  // volatile, so that the compiler does not know the size: it would warn that it is too large.
  volatile std::size_t most = std::numeric_limits<std::size_t>::max();
  EXPECT_THROW(allocate_aligned(most), std::bad_alloc);
  EXPECT_THROW(allocate_aligned(most / 2), std::bad_alloc);
  EXPECT_THROW(AlignedBuffer<double>(most / 4), std::bad_alloc);  // the size in bytes wraps around
}

TEST(AlignedBuffer, MovesLeaveTheOtherOneUsable) {
  AlignedBuffer<int> a(3);
  a.zero();
  a[1] = 5;
  AlignedBuffer<int> b(std::move(a));
  EXPECT_EQ(b.size(), 3U);
  EXPECT_EQ(b[1], 5);
  AlignedBuffer<int> c;
  c = std::move(b);
  EXPECT_EQ(c.span()[1], 5);
}

TEST(Matrix, RowsStartOnAnOddNumberOfCacheLines) {
  EXPECT_EQ(padded_stride<float>(1), 16U);
  EXPECT_EQ(padded_stride<float>(17), 48U);
  EXPECT_EQ(padded_stride<float>(3072), 3088U);
  const Matrix<float> matrix(3, 17);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(address(matrix.row(i)) % kCacheLineBytes, 0U);
  for (std::size_t k = 0; k < 3 * matrix.stride(); ++k) EXPECT_EQ(matrix.data()[k], 0.0F);
}

}  // namespace
}  // namespace descent::core
