#include "descent/engine/eigen_products.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace descent::engine {
namespace {

// All numbers are whole and the scales are squares, so that float32 sums are exact, too.
template <class T>
void expect_gram(const DenseProducts<T>& products) {
  constexpr std::size_t n = 600, d = 5, stride = 7;
  std::vector<float> x(n * stride, 1e30F);  // would show if numbers between the rows were read
  std::vector<T> scale(n);
  for (std::size_t r = 0; r < n; ++r) {
    scale[r] = static_cast<T>(r % 3 == 0 ? 0 : r % 3 == 1 ? 1 : 4);
    for (std::size_t j = 0; j < d; ++j) x[r * stride + j] = static_cast<float>((r * (j + 2) + j) % 5) - 2;
  }
  constexpr std::size_t g_stride = 6;
  std::vector<T> g(d * g_stride, 3);
  products.add_gram(scale.data(), x.data(), n, stride, d, g.data(), g_stride);
  for (std::size_t j = 0; j < d; ++j)
    for (std::size_t i = 0; i < g_stride; ++i) {
      double expected = 3;
      if (i >= j && i < d)
        for (std::size_t r = 0; r < n; ++r)
          expected += static_cast<double>(scale[r]) * static_cast<double>(x[r * stride + i]) *
                      static_cast<double>(x[r * stride + j]);
      EXPECT_EQ(static_cast<double>(g[j * g_stride + i]), expected) << i << ' ' << j;
    }
}

TEST(EigenProducts, GramOfScaledRowsFillsTheLowerTriangle) {
  expect_gram(eigen_products().f32);
  expect_gram(eigen_products().f64);
}

TEST(EigenProducts, GramOfNoRowsAddsNothing) {
  constexpr std::size_t n = 300, d = 64;  // for smaller products Eigen runs other code
  const std::vector<float> x(n * d, 1);
  const std::vector<double> none(n, 0.0);
  std::vector<double> g(d * d, 2);
  eigen_products().f64.add_gram(none.data(), x.data(), n, d, d, g.data(), d);
  EXPECT_EQ(g, std::vector<double>(d * d, 2));
  eigen_products().f64.add_gram(none.data(), x.data(), 0, d, d, g.data(), d);
  EXPECT_EQ(g, std::vector<double>(d * d, 2));
}

}  // namespace
}  // namespace descent::engine
