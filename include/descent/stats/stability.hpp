#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace descent::stats {

// Whether repeated measurements of the same quantity are consistent with each other.

/// Two-sided p-value of "no trend": Kendall's S (1938) of the values in their order; exact if there are no ties (a tie
/// counts neither way). At least two values.
double trend_p(std::span<const double> values);

/// Relative change from the first value to the last along the line of Theil (1950) and Sen (1968), if trend_p() is at
/// most 1 %; else empty. Empty with fewer than six values: even five in perfect order have p = 2/5! = 1.7 %. Positive
/// values.
std::optional<double> drift(std::span<const double> values);

/// Spearman's rank correlation (1904) of values with their order, with the two-sided p-value of "no correlation" by
/// Student's t; ties get their mean rank.
struct RankTrend {
  double correlation = 0, p = 1;
};
/// Nothing for fewer than ten values, or where all are equal.
std::optional<RankTrend> rank_trend(std::span<const double> values);

/// Are there two groups, each with at least a seventh of the values and at least three, 5 % apart, that explain 85 % of
/// the variance? The best split of a normal sample explains 64 % of it, of a uniform one 75 %. Positive values.
bool bimodal(std::span<const double> x);

/// Values further from the median than five standard deviations (by the median absolute deviation) and 5 % of it.
std::size_t outliers(std::span<const double> x);

}  // namespace descent::stats
