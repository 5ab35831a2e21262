#pragma once

#include <optional>
#include <span>

#include "descent/stats/interval.hpp"

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

/// Interval of noise/signal from the squared lengths of both batch sizes' gradients. It rises with the ratio of their
/// means, (1 + c₁θ)/(1 + c₂θ), so that it is where that ratio's interval by t on its logarithm has its ends. It is open
/// above where the ratio may be as large as c₁/c₂, which is that of no signal at all. Where even its lower end is,
/// nothing is said; below 1 it is no noise.
/// source  that intervals of ratios may be open: Fieller, Some problems in interval estimation, Journal of the Royal
///         Statistical Society B 16 (1954) 175–185
OpenInterval two_batch_scale_interval(std::span<const double> norms_squared_1, std::span<const double> norms_squared_2,
                                      double c_1, double c_2, double confidence = kConfidence);

}  // namespace descent::stats
