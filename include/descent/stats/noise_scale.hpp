#pragma once

#include <optional>
#include <span>

#include "descent/stats/interval.hpp"

namespace descent::stats {

/// Estimates of |G|² and trΣ from the mean squared lengths of gradients at two batch sizes, whose expectations are |G|²
/// + c trΣ:
///   signal = (c₁|G₂|² − c₂|G₁|²)/(c₁ − c₂),  noise = (|G₁|² − |G₂|²)/(c₁ − c₂)
/// c: variance of a batch's mean relative to one row's, 1/B with replacement, (N−B)/(B(N−1)) without; c₁ > c₂. Both
/// estimates are unbiased, so either may be negative. Their ratio is biased: average each first, then divide.
/// source  McCandlish, Kaplan, Amodei et al. 2018, appendix A, with c in place of 1/B
struct TwoBatch {
  double signal = 0, noise = 0;
  /// noise/signal; empty if the signal is not above zero.
  std::optional<double> scale() const;
};
TwoBatch two_batch(double norm_squared_1, double norm_squared_2, double c_1, double c_2) noexcept;

/// Interval of θ = noise/signal from the squared lengths of the gradients at both batch sizes. θ grows with the ratio
/// of their means, (1 + c₁θ)/(1 + c₂θ), so the ends are computed from the ratio's interval (Student's t on its
/// logarithm). The upper end is open if the ratio may be as large as c₁/c₂, its value without any signal; if even its
/// lower end is, both ends are empty. A ratio below 1 means no noise.
/// source  that intervals of ratios may be open: Fieller, Some problems in interval estimation, Journal of the Royal
///         Statistical Society B 16 (1954) 175–185
OpenInterval two_batch_scale_interval(std::span<const double> norms_squared_1, std::span<const double> norms_squared_2,
                                      double c_1, double c_2, double confidence = kConfidence);

}  // namespace descent::stats
