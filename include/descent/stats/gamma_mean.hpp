#pragma once

#include <optional>
#include <span>

#include "descent/stats/interval.hpp"

namespace descent::stats {

// Means of squared lengths: sums of squares of unequal size, which a gamma law describes well and
// Student's t does not, as they are skewed. Satterthwaite, An approximate distribution of estimates of variance
// components, Biometrics Bulletin 2 (1946) 110–114, takes such sums to follow a multiple of χ², which is a gamma law.

/// Variance over the squared mean, for a gamma law one over its shape: the larger one of what the sample's moments and
/// what its logarithms say, as few values of a skewed law seldom show its tail. The latter is the maximum of the
/// likelihood, whose shape is too large by n/(n − 3) to first order. Positive values, four or more; from the moments
/// alone where one of them is 0.
double relative_variance(std::span<const double> x);

/// Interval of the mean of such values: the quantiles of a gamma law, whose cube root is nearly normal, with Student's
/// t in place of the normal because its shape was estimated. Nothing for fewer than four values; the upper end is open
/// where that law reaches down to 0.
/// source  cube root: Wilson and Hilferty, The distribution of chi-square, Proceedings of the National Academy of
///         Sciences 17 (1931) 684–688
OpenInterval gamma_mean_interval(std::span<const double> x, double confidence = kConfidence);

}  // namespace descent::stats
