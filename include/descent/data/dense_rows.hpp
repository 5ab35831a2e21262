#pragma once

#include "descent/data/features.hpp"

namespace descent::data {

/// Dense float32 rows in place. For `data`, and for engines that declare that they store rows so (Engine::refuses);
/// tests/layers holds who includes this. All others use engine::RowProducts.
class DenseRows {
 public:
  DenseRows() = default;
  /// `features` must be dense, and outlive it.
  explicit DenseRows(const Features& features) noexcept {
    if (features.dense_ == nullptr) return;  // no rows at all
    data_ = features.dense_->data(), stride_ = features.dense_->stride();
  }
  static bool holds(const Features& features) noexcept { return features.dense_ != nullptr; }

  const float* row(std::size_t i) const noexcept { return data_ + i * stride_; }
  std::size_t stride() const noexcept { return stride_; }  ///< floats from row to row; the padding is 0

  /// For readers and preprocessing: the matrix itself, to change it.
  static core::Matrix<float>& matrix(Features& features) noexcept {
    assert(features.dense_ != nullptr);
    features.forget_others();
    return *features.dense_;
  }

 private:
  const float* data_ = nullptr;
  std::size_t stride_ = 0;
};

}  // namespace descent::data
