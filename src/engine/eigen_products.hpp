#pragma once

#include <cstddef>

namespace descent {

/// Two dense products of Eigen, compiled for several instruction sets. All matrices row-major with the given strides.
struct EigenProducts {
  /// s (columns × rows) = w (columns × features) · x (rows × features)ᵀ
  void (*scores)(const float* w, std::size_t columns, std::size_t features, const float* x, std::size_t rows,
                 std::size_t x_stride, float* s, std::size_t s_stride);
  /// g (columns × features) = s (columns × rows) · x (rows × features)
  void (*gradient)(const float* s, std::size_t s_stride, std::size_t columns, const float* x, std::size_t rows,
                   std::size_t x_stride, std::size_t features, float* g);
  const char* instruction_set;
};

/// The best of the compiled ones that this machine runs, as a build with -march=native would be.
const EigenProducts& eigen_products();

}  // namespace descent
