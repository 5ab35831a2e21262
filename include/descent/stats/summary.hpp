#pragma once

#include <span>
#include <vector>

namespace descent::stats {

// All functions take a non-empty sample of finite values, in any order.

double mean(std::span<const double> x) noexcept;
/// Sample variance, n − 1 below; 0 for one value.
double variance(std::span<const double> x) noexcept;
double median(std::span<const double> x);
/// Linear interpolation between order statistics (type 7 of Hyndman and Fan 1996); p in [0, 1].
double quantile(std::span<const double> x, double p);
/// Median absolute deviation, not scaled; × 1.4826 estimates a normal's standard deviation.
double mad(std::span<const double> x);

}  // namespace descent::stats
