// Compiled once per instruction set, with Eigen's own name space renamed each time (the compiler's command line defines
// Eigen and DESCENT_EIGEN_VARIANT), so that the linker cannot mix code of one set into another.
#include <Eigen/Core>

#include "engine/eigen_products.hpp"

namespace descent::DESCENT_EIGEN_VARIANT {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Strided = Eigen::Map<RowMajor, Eigen::Unaligned, Eigen::OuterStride<>>;
using ConstStrided = Eigen::Map<const RowMajor, Eigen::Unaligned, Eigen::OuterStride<>>;

void scores(const float* w, std::size_t columns, std::size_t features, const float* x, std::size_t rows,
            std::size_t x_stride, float* s, std::size_t s_stride) {
  const auto c = static_cast<Eigen::Index>(columns), d = static_cast<Eigen::Index>(features),
             n = static_cast<Eigen::Index>(rows);
  Strided(s, c, n, Eigen::OuterStride<>(static_cast<Eigen::Index>(s_stride))).noalias() =
      ConstStrided(w, c, d, Eigen::OuterStride<>(d)) *
      ConstStrided(x, n, d, Eigen::OuterStride<>(static_cast<Eigen::Index>(x_stride))).transpose();
}

void gradient(const float* s, std::size_t s_stride, std::size_t columns, const float* x, std::size_t rows,
              std::size_t x_stride, std::size_t features, float* g) {
  const auto c = static_cast<Eigen::Index>(columns), d = static_cast<Eigen::Index>(features),
             n = static_cast<Eigen::Index>(rows);
  Strided(g, c, d, Eigen::OuterStride<>(d)).noalias() =
      ConstStrided(s, c, n, Eigen::OuterStride<>(static_cast<Eigen::Index>(s_stride))) *
      ConstStrided(x, n, d, Eigen::OuterStride<>(static_cast<Eigen::Index>(x_stride)));
}

}  // namespace descent::DESCENT_EIGEN_VARIANT
