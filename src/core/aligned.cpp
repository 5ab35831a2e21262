#include "descent/core/aligned.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <limits>
#include <new>

namespace descent::core {
namespace {
constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;
constexpr std::size_t kHugeFromBytes = 2 * kHugePageBytes;
}  // namespace

void* allocate_aligned(std::size_t bytes) {
  const bool huge = bytes >= kHugeFromBytes;
  const std::size_t alignment = huge ? kHugePageBytes : kCacheLineBytes;
  constexpr std::size_t most = std::numeric_limits<std::ptrdiff_t>::max();  // no object may be larger
  if (bytes > most - alignment) throw std::bad_alloc();
  // A whole number of units, at least one: a vector load that starts inside the buffer never leaves the allocation's
  // last line.
  const std::size_t rounded = bytes ? (bytes + alignment - 1) / alignment * alignment : alignment;
  void* data = std::aligned_alloc(alignment, rounded);
  if (!data) throw std::bad_alloc();
  if (huge) {
    // Reused pages lie in the node where their last owner put them. They are returned to the system, so that the next
    // write places them again.
    static_cast<void>(madvise(data, rounded, MADV_DONTNEED));
    // This is only a hint: if the kernel has no huge pages, small ones do.
    static_cast<void>(madvise(data, rounded, MADV_HUGEPAGE));
  }
  return data;
}

void free_aligned(void* data) noexcept { std::free(data); }

}  // namespace descent::core
