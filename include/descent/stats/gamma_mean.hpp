#pragma once

#include <optional>
#include <span>

#include "descent/stats/interval.hpp"

namespace descent::stats {

// Means of squared lengths. A squared length is a sum of squares of unequal size; it is skewed, so a gamma law
// describes it well and Student's t does not. Satterthwaite, An approximate distribution of estimates of variance
// components, Biometrics Bulletin 2 (1946) 110–114, takes such sums to follow a multiple of χ², which is a gamma law.

/// Variance over the squared mean; for a gamma law this is 1/shape. The larger of two estimates, since few values of a
/// skewed law seldom show its tail: one from the sample's moments, and one from its logarithms (maximum likelihood,
/// whose shape is too large by n/(n − 3) to first order). Four or more values, not negative; if one is 0, the moments
/// alone are used.
double relative_variance(std::span<const double> x);

/// Interval of the mean of such values: the quantiles of a gamma law, whose cube root is nearly normal, with Student's
/// t in place of the normal because its shape was estimated. Empty for fewer than four values; the upper end is open if
/// that law reaches down to 0.
/// source  cube root: Wilson and Hilferty, The distribution of chi-square, Proceedings of the National Academy of
///         Sciences 17 (1931) 684–688
OpenInterval gamma_mean_interval(std::span<const double> x, double confidence = kConfidence);

}  // namespace descent::stats
