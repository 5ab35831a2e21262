#include "descent/solve/spectrum.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "data/files.hpp"
#include "descent/core/random.hpp"

namespace descent::solve::test {
namespace {

data::Dataset dataset(std::size_t rows, std::size_t columns) {
  data::Dataset data;
  data.features = core::Matrix<float>(rows, columns);
  return data;
}

// 0.4349798164 holds for the doubles that define synthA. With features rounded to float32 it is 0.4349798193822267
// (source: power iteration in Python, with exactly rounded sums).
TEST(LargestEigenvalue, GivesTheKnownValueOfSynthA) {
  const LargestEigenvalue result = largest_eigenvalue(data::test::load_plain("synthetic:synthA").training, 1e-9);
  EXPECT_TRUE(std::abs(result.value - 0.4349798164) <= 4e-9);
  EXPECT_TRUE(std::abs(result.value - 0.4349798193822267) <= 1e-12);
}

TEST(LargestEigenvalue, OfADiagonalIsItsLargestEntry) {
  data::Dataset data = dataset(3, 3);
  data.features(0, 0) = 1;
  data.features(1, 1) = 3;
  data.features(2, 2) = -2;
  const LargestEigenvalue result = largest_eigenvalue(data);
  EXPECT_TRUE(std::abs(result.value - 3) <= 1e-12);
  EXPECT_TRUE(result.products <= 3);
}

// For a matrix a bᵀ of rank one, XᵀX/n = |a|² b bᵀ / n.
TEST(LargestEigenvalue, OfARankOneMatrixNeedsTwoProducts) {
  data::Dataset data = dataset(50, 40);
  for (std::size_t i = 0; i < 50; ++i)
    for (std::size_t j = 0; j < 40; ++j) data.features(i, j) = static_cast<float>((i + 1) * (j + 1));
  const double a = 50.0 * 51 * 101 / 6, b = 40.0 * 41 * 81 / 6;
  const LargestEigenvalue result = largest_eigenvalue(data);
  EXPECT_TRUE(std::abs(result.value / (a * b / 50) - 1) <= 1e-12);
  EXPECT_TRUE(result.products <= 3);
}

// All eigenvalues are equal, so that there is no gap between the largest and the next.
TEST(LargestEigenvalue, OfAMultipleOfTheIdentityIsFoundAtOnce) {
  data::Dataset data = dataset(20, 20);
  for (std::size_t j = 0; j < 20; ++j) data.features(j, j) = 2;
  EXPECT_TRUE(std::abs(largest_eigenvalue(data).value - 4.0 / 20) <= 1e-14);
}

TEST(LargestEigenvalue, WithHardlyAnyGapMeetsItsResidual) {
  data::Dataset data = dataset(600, 300);
  core::CounterRandom random(3, core::Purpose::data);
  for (std::size_t i = 0; i < 600; ++i)
    for (std::size_t j = 0; j < 300; ++j) data.features(i, j) = static_cast<float>(random.next_normal());
  const LargestEigenvalue rough = largest_eigenvalue(data, 1e-6), fine = largest_eigenvalue(data, 1e-10);
  EXPECT_TRUE(rough.relative_residual <= 1e-6);
  EXPECT_TRUE(std::abs(rough.value / fine.value - 1) <= 1e-9);
  EXPECT_TRUE(rough.products < 150);
  const double edge = std::pow(1 + std::sqrt(0.5), 2);  // source: Marchenko and Pastur 1967
  EXPECT_TRUE(std::abs(fine.value - edge) <= 0.15);
}

TEST(LargestEigenvalue, OfZerosIsZero) {
  const data::Dataset data = dataset(4, 3);
  EXPECT_EQ(largest_eigenvalue(data).value, 0);
}

TEST(MaxRowNormSquared, IsTheLargestOverRows) {
  data::Dataset data = dataset(2, 2);
  data.features(0, 0) = 3;
  data.features(0, 1) = -4;
  data.features(1, 0) = 4;
  EXPECT_EQ(max_row_norm_squared(data), 25);
}

}  // namespace
}  // namespace descent::solve::test
