#include "sweep/stages/landscape_grid.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace descent::sweep {
namespace {

// Values by hand from Rosenbrock's function (1 − x)² + 100 (y − x²)². It starts at (−1.2, 1), and its minimum is at (1,
// 1).
TEST(LandscapeGrid, HasTheValuesOfTheFunctionRowAfterRow) {
  const record::LandscapeGrid grid = landscape_grid("rosenbrock", "w");
  EXPECT_EQ(grid.workload, "w");
  ASSERT_EQ(grid.value.size(), grid.x.size() * grid.y.size());
  ASSERT_GT(grid.x.size(), 40U);
  for (std::size_t j = 0; j < grid.y.size(); ++j)
    for (std::size_t i = 0; i < grid.x.size(); ++i) {
      const double x = grid.x[i], y = grid.y[j], off = y - x * x;
      const double expected = (1 - x) * (1 - x) + 100 * off * off;
      ASSERT_TRUE(std::abs(grid.value[j * grid.x.size() + i].value() - expected) <= 1e-9 * (1 + expected));
    }
  ASSERT_EQ(grid.critical_x, std::vector<double>{1});
  EXPECT_EQ(grid.critical_kind[0], record::CriticalKind::minimum);
}

TEST(LandscapeGrid, IsASquareAroundTheStartAndAllCriticalPoints) {
  const record::LandscapeGrid grid = landscape_grid("strict_saddle(x0=3,y0=0)", "w");
  const double across = grid.x.back() - grid.x.front(), up = grid.y.back() - grid.y.front();
  EXPECT_TRUE(std::abs(across - up) <= 1e-12);
  EXPECT_LT(grid.x.front(), 0);
  EXPECT_GT(grid.x.back(), 3);
  for (std::size_t i = 0; i < grid.critical_y.size(); ++i) {
    EXPECT_LT(grid.y.front(), grid.critical_y[i]);
    EXPECT_GT(grid.y.back(), grid.critical_y[i]);
  }
  EXPECT_EQ(grid.critical_kind[0], record::CriticalKind::saddle);
  const double step = across / static_cast<double>(grid.x.size() - 1);
  for (std::size_t i = 1; i < grid.x.size(); ++i) EXPECT_TRUE(std::abs(grid.x[i] - grid.x[i - 1] - step) <= 1e-9);
}

}  // namespace
}  // namespace descent::sweep
