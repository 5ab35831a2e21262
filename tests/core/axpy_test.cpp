#include "descent/core/axpy.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "descent/core/random.hpp"

namespace descent::core {
namespace {

TEST(Axpy, RoundsOnceWhereverTheElementLies) {
  for (const std::size_t m : {0, 1, 3, 16, 37}) {
    CounterRandom random(m, Purpose::data);
    std::vector<float> x(m), y(m), expected(m);
    for (std::size_t j = 0; j < m; ++j) {
      x[j] = static_cast<float>(random.next_normal()), y[j] = static_cast<float>(random.next_normal());
      expected[j] = std::fma(-0.3F, x[j], y[j]);
    }
    axpy(-0.3F, x, y);
    for (std::size_t j = 0; j < m; ++j) EXPECT_NEAR(y[j], expected[j], 2e-7F * (1 + std::abs(expected[j])));
  }
}

}  // namespace
}  // namespace descent::core
