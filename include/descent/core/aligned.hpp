#pragma once

#include <cstddef>
#include <cstring>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>

namespace descent::core {

inline constexpr std::size_t kCacheLineBytes = 64;

/// Allocates `bytes` bytes aligned to a cache line; from 4 MiB on, aligned to 2 MiB, and huge pages are asked for. The
/// memory is not touched: the first thread that writes to a page decides in which node's memory it lies. Throws
/// std::bad_alloc.
void* allocate_aligned(std::size_t bytes);
void free_aligned(void* data) noexcept;

/// A fixed number of trivially copyable elements, aligned for vector loads. Move-only. Not initialised.
template <class T>
class AlignedBuffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t size)
      : data_(size ? static_cast<T*>(allocate_aligned(bytes_of(size))) : nullptr), size_(size) {}
  AlignedBuffer(AlignedBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  AlignedBuffer(const AlignedBuffer&) = delete;
  AlignedBuffer& operator=(const AlignedBuffer&) = delete;
  ~AlignedBuffer() { free_aligned(data_); }

  void zero() noexcept {
    if (size_) std::memset(data_, 0, size_ * sizeof(T));
  }
  T* data() noexcept { return data_; }
  const T* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  T& operator[](std::size_t i) noexcept { return data_[i]; }
  const T& operator[](std::size_t i) const noexcept { return data_[i]; }
  std::span<T> span() noexcept { return {data_, size_}; }
  std::span<const T> span() const noexcept { return {data_, size_}; }

 private:
  /// If the product would overflow, asks for the largest size, which always fails: a wrapped product would give a
  /// buffer that is too small.
  static constexpr std::size_t bytes_of(std::size_t size) noexcept {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    return size <= most / sizeof(T) ? size * sizeof(T) : most;
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace descent::core
