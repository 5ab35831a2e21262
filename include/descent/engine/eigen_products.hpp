#pragma once

#include <cstddef>

namespace descent::engine {

/// The two dense products of a linear model by Eigen, compiled for several instruction sets. All matrices row-major
/// with the given strides, in elements; x is float32, products and sums are of type T (x is converted block by block).
template <class T>
struct DenseProducts {
  /// s (outputs × rows) = w (outputs × features) · x (rows × features)ᵀ
  void (*scores)(const T* w, std::size_t outputs, std::size_t features, const float* x, std::size_t rows,
                 std::size_t x_stride, T* s, std::size_t s_stride);
  /// g (outputs × features) = s (outputs × rows) · x (rows × features)
  void (*gradient)(const T* s, std::size_t s_stride, std::size_t outputs, const float* x, std::size_t rows,
                   std::size_t x_stride, std::size_t features, T* g);
  /// Lower triangle of g (features × features, g_stride apart) += Σ scale_r x_r x_rᵀ, scale (rows,) ≥ 0; rows of scale
  /// 0 cost nothing.
  void (*add_gram)(const T* scale, const float* x, std::size_t rows, std::size_t x_stride, std::size_t features, T* g,
                   std::size_t g_stride);
};

struct EigenProducts {
  DenseProducts<float> f32;
  DenseProducts<double> f64;
  const char* instruction_set;
  const char* version;
};

/// The products compiled for the best instruction set of this machine, as a build with -march=native would have.
const EigenProducts& eigen_products();

}  // namespace descent::engine
