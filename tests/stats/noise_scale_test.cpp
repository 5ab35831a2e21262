#include "descent/stats/noise_scale.hpp"

#include <gtest/gtest.h>

#include <array>

namespace descent::stats {
namespace {

// Takes all batches of one row and of two different rows with the gradients −1, 0, 3, 4. Their mean is 1.5, so that
// |G|² = 2.25 and trΣ = (1 + 0 + 9 + 16)/4 − 2.25 = 4.25. With the factor (N−B)/(B(N−1)), the mean estimates are
// exactly these. With the factor 1/B, the noise would be 4/3 of the true one: 3.33 instead of 2.5 in the second example
// (docs/methodology.md, "Noise").
TEST(TwoBatch, IsUnbiasedByEnumerationWithoutReplacement) {
  const auto enumerate = [](const std::array<double, 4>& g, double& one, double& two) {
    one = two = 0;
    for (std::size_t i = 0; i < 4; ++i) one += g[i] * g[i] / 4;
    for (std::size_t i = 0; i < 4; ++i)
      for (std::size_t j = i + 1; j < 4; ++j) two += (g[i] + g[j]) * (g[i] + g[j]) / 4 / 6;
  };
  double one, two;
  enumerate({-1, 0, 3, 4}, one, two);
  const TwoBatch found = two_batch(one, two, 1, 1.0 / 3);
  EXPECT_NEAR(found.signal, 2.25, 1e-12);
  EXPECT_NEAR(found.noise, 4.25, 1e-12);
  EXPECT_NEAR(*found.scale(), 4.25 / 2.25, 1e-12);
  enumerate({-2, -1, 1, 2}, one, two);  // trΣ = 2.5 and G = 0
  EXPECT_NEAR(two_batch(one, two, 1, 1.0 / 3).noise, 2.5, 1e-12);
  EXPECT_NEAR(two_batch(one, two, 1, 1.0 / 3).signal, 0, 1e-12);
  EXPECT_NEAR(two_batch(one, two, 1, 1.0 / 2).noise, 3.3333333333, 1e-9) << "with the factor 1/B";
}

TEST(TwoBatch, IsUnbiasedByEnumerationWithReplacement) {
  const std::array<double, 3> g{-1, 2, 5};  // G = 2 and trΣ = 6
  double one = 0, two = 0;
  for (const double a : g) one += a * a / 3;
  for (const double a : g)
    for (const double b : g) two += (a + b) * (a + b) / 4 / 9;
  const TwoBatch found = two_batch(one, two, 1, 1.0 / 2);
  EXPECT_NEAR(found.signal, 4, 1e-12);
  EXPECT_NEAR(found.noise, 6, 1e-12);
}

TEST(TwoBatch, HasNoScaleWithoutASignal) {
  EXPECT_FALSE(two_batch(2, 1, 1, 0.5).scale());  // the estimate of |G|² is 0
  EXPECT_FALSE(two_batch(3, 1, 1, 0.5).scale());  // the estimate of |G|² is negative
  EXPECT_EQ(*two_batch(1, 2, 1, 0.5).scale(), 0) << "a negative estimate of trΣ means no noise";
}

}  // namespace
}  // namespace descent::stats
