#pragma once

#include <cassert>
#include <cstddef>
#include <span>
#include <type_traits>

#include "descent/core/aligned.hpp"

namespace descent::core {

/// A (rows, cols) view, row-major, `stride` elements from one row to the next. Does not own.
template <class T>
struct MatrixView {
  T* data = nullptr;
  std::size_t rows = 0, cols = 0, stride = 0;

  T& operator()(std::size_t i, std::size_t j) const noexcept { return data[i * stride + j]; }
  T* row(std::size_t i) const noexcept { return data + i * stride; }
  std::span<T> row_span(std::size_t i) const noexcept { return {row(i), cols}; }
  operator MatrixView<const T>() const noexcept requires(!std::is_const_v<T>) { return {data, rows, cols, stride}; }
};

/// The stride that Matrix gives rows of `cols` elements: whole cache lines, an odd number of them, so that
/// consecutive rows do not fall on one set of the L1 cache (3,072 floats unpadded would).
template <class T>
constexpr std::size_t padded_stride(std::size_t cols) noexcept {
  constexpr std::size_t line = kCacheLineBytes / sizeof(T);
  const std::size_t lines = (cols + line - 1) / line;
  return (lines | 1U) * line;
}

/// Owns a (rows, cols) row-major matrix whose rows start on cache lines; elements and padding start at zero.
template <class T>
class Matrix {
 public:
  Matrix() = default;
  Matrix(std::size_t rows, std::size_t cols) : Matrix(rows, cols, cols) {}
  /// Reserves room for `column_capacity` >= cols columns, so that set_cols() can add columns without a copy.
  Matrix(std::size_t rows, std::size_t cols, std::size_t column_capacity)
      : rows_(rows), cols_(cols), stride_(padded_stride<T>(column_capacity)), buffer_(rows * stride_) {
    buffer_.zero();
  }

  /// A matrix with the shape of `like` whose memory is not written yet: the first thread that writes to a page decides
  /// in which node's memory it lies. The caller has to fill all of it, padding too.
  static Matrix unwritten(const Matrix& like) {
    Matrix result;
    result.rows_ = like.rows_, result.cols_ = like.cols_, result.stride_ = like.stride_;
    result.buffer_ = AlignedBuffer<T>(like.rows_ * like.stride_);
    return result;
  }

  /// Changes the number of columns, up to the stride; new columns hold what the padding held, which is zeros.
  void set_cols(std::size_t cols) noexcept {
    assert(cols <= stride_);
    cols_ = cols;
  }

  std::size_t rows() const noexcept { return rows_; }
  std::size_t cols() const noexcept { return cols_; }
  std::size_t stride() const noexcept { return stride_; }
  T* data() noexcept { return buffer_.data(); }
  const T* data() const noexcept { return buffer_.data(); }
  T& operator()(std::size_t i, std::size_t j) noexcept { return buffer_[i * stride_ + j]; }
  const T& operator()(std::size_t i, std::size_t j) const noexcept { return buffer_[i * stride_ + j]; }
  T* row(std::size_t i) noexcept { return buffer_.data() + i * stride_; }
  const T* row(std::size_t i) const noexcept { return buffer_.data() + i * stride_; }
  MatrixView<T> view() noexcept { return {data(), rows_, cols_, stride_}; }
  MatrixView<const T> view() const noexcept { return {data(), rows_, cols_, stride_}; }

 private:
  std::size_t rows_ = 0, cols_ = 0, stride_ = 0;
  AlignedBuffer<T> buffer_;
};

}  // namespace descent::core
