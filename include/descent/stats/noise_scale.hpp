#pragma once

#include <optional>

namespace descent::stats {

/// |G|² and trΣ from the mean squared lengths of gradients of two batch sizes, each of expectation |G|² + c trΣ:
///   signal = (c₁|G₂|² − c₂|G₁|²)/(c₁ − c₂),  noise = (|G₁|² − |G₂|²)/(c₁ − c₂)
/// c: variance of a batch's mean over one row's, 1/B with replacement, (N−B)/(B(N−1)) without; c₁ > c₂. Each is
/// unbiased, so either may come out negative; their ratio is not: average first, then divide.
/// source  McCandlish, Kaplan, Amodei et al. 2018, appendix A, with c in place of 1/B
struct TwoBatch {
  double signal = 0, noise = 0;
  /// noise/signal; nothing where there is no signal above zero.
  std::optional<double> scale() const;
};
TwoBatch two_batch(double norm_squared_1, double norm_squared_2, double c_1, double c_2) noexcept;

}  // namespace descent::stats
