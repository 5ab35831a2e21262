// Compiled once per instruction set. Each time the compiler's command line renames Eigen's namespace (it defines Eigen
// and DESCENT_EIGEN_VARIANT), so that the linker cannot mix code for different sets.
#include "descent/engine/eigen_products.hpp"

#include <Eigen/Core>

namespace descent::engine::DESCENT_EIGEN_VARIANT {
namespace {

template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using View = Eigen::Map<T, Eigen::Unaligned, Eigen::OuterStride<>>;

template <class M, class Pointer>
View<M> view(Pointer data, std::size_t rows, std::size_t cols, std::size_t stride) {
  return {data, static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(cols),
          Eigen::OuterStride<>(static_cast<Eigen::Index>(stride))};
}

template <class T>
void scores(const T* w, std::size_t outputs, std::size_t features, const float* x, std::size_t rows,
            std::size_t x_stride, T* s, std::size_t s_stride) {
  const auto weights = view<const RowMajor<T>>(w, outputs, features, features);
  const auto inputs = view<const RowMajor<float>>(x, rows, features, x_stride);
  auto out = view<RowMajor<T>>(s, outputs, rows, s_stride);
  if constexpr (sizeof(T) == sizeof(float)) {
    out.noalias() = weights * inputs.transpose();
  } else {
    const RowMajor<T> converted = inputs.template cast<T>();
    out.noalias() = weights * converted.transpose();
  }
}

template <class T>
void gradient(const T* s, std::size_t s_stride, std::size_t outputs, const float* x, std::size_t rows,
              std::size_t x_stride, std::size_t features, T* g) {
  const auto slopes = view<const RowMajor<T>>(s, outputs, rows, s_stride);
  const auto inputs = view<const RowMajor<float>>(x, rows, features, x_stride);
  auto out = view<RowMajor<T>>(g, outputs, features, features);
  if constexpr (sizeof(T) == sizeof(float)) {
    out.noalias() = slopes * inputs;
  } else {
    const RowMajor<T> converted = inputs.template cast<T>();
    out.noalias() = slopes * converted;
  }
}

template <class T>
void add_gram(const T* scale, const float* x, std::size_t rows, std::size_t x_stride, std::size_t features, T* g,
              std::size_t g_stride) {
  constexpr std::size_t kBlock = 256;
  const auto d = static_cast<Eigen::Index>(features);
  using Square = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
  Square block(d, static_cast<Eigen::Index>(rows < kBlock ? rows : kBlock));
  Eigen::Map<Square, Eigen::Unaligned, Eigen::OuterStride<>> out(
      g, d, d, Eigen::OuterStride<>(static_cast<Eigen::Index>(g_stride)));
  for (std::size_t r = 0; r < rows;) {
    Eigen::Index taken = 0;
    for (; r < rows && taken < block.cols(); ++r)
      if (scale[r] > 0)
        block.col(taken++) =
            Eigen::numext::sqrt(scale[r]) * Eigen::Map<const Eigen::VectorXf>(x + r * x_stride, d).template cast<T>();
    if (taken > 0) out.template selfadjointView<Eigen::Lower>().rankUpdate(block.leftCols(taken));
  }
}

}  // namespace

extern const EigenProducts products;
#define DESCENT_TEXT(x) #x
#define DESCENT_VERSION(a, b, c) DESCENT_TEXT(a) "." DESCENT_TEXT(b) "." DESCENT_TEXT(c)
const EigenProducts products{{scores<float>, gradient<float>, add_gram<float>},
                             {scores<double>, gradient<double>, add_gram<double>},
                             DESCENT_EIGEN_SET,
                             DESCENT_VERSION(EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION)};

}  // namespace descent::engine::DESCENT_EIGEN_VARIANT
