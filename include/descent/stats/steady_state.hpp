#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "descent/stats/interval.hpp"

namespace descent::stats {

/// Length of the burn-in by MSER-5 (White, Cobb and Spratt 2000): the truncation, in batches of five, that minimises
/// the squared standard error of the mean of what is left. Empty if that lies in the second half (no steady state seen)
/// or with fewer than six batches.
std::optional<std::size_t> burn_in(std::span<const double> y);

/// t interval of the mean of a correlated sequence from the means of `batches` stretches of equal length; values that
/// are left over at the front are not used. Empty for fewer than two values per stretch.
std::optional<Interval> batch_means_interval(std::span<const double> y, std::size_t batches = 8,
                                             double confidence = kConfidence);

/// Mean of a sequence in its steady state, from its burn-in on, with the interval of its batch means.
struct SteadyMean {
  std::size_t from = 0;
  double mean = 0;
  std::optional<Interval> interval;  ///< nothing for fewer than 16 values
};
/// Empty if no steady state is seen: without a burn-in, or if after it the mean of the last third is below 0.8 of that
/// of the first.
std::optional<SteadyMean> steady_mean(std::span<const double> y);

/// An upper bound of the mean of a sequence in its steady state: the upper end of that mean's interval; if the sequence
/// still falls, that of the mean over its second half. Infinity if the sequence is too short.
double steady_mean_bound(std::span<const double> y);

/// Standard deviation of white noise from successive differences (von Neumann 1941), blind to slow trends:
/// Σ(y_{k+1}−y_k)²/(2(n−1)). At least two values.
double von_neumann_sd(std::span<const double> y);

/// The residuals of y(x) from a line through the point itself and `half_width` neighbours on each side, divided by √(1
/// − leverage), so that white noise keeps its variance. x is increasing. Empty if there are fewer than 2·half_width + 1
/// points.
std::vector<double> detrend(std::span<const double> x, std::span<const double> y, std::size_t half_width);

}  // namespace descent::stats
