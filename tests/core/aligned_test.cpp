#include "descent/core/aligned.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <new>

#include "descent/core/matrix.hpp"

namespace descent {
namespace {

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
  volatile std::size_t most = std::numeric_limits<std::size_t>::max();  // volatile: not the compiler's business
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
}  // namespace descent
