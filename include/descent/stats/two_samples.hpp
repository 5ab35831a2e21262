#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "descent/stats/interval.hpp"

namespace descent::stats {

// Two independent samples of one quantity, finite values, neither empty, in any order.

/// The test of Mann and Whitney (1947). `u` counts the pairs in which the value of `a` is the larger one, ties as half.
/// p-values are exact, also with ties (the distribution of the ranks as they are tied); from more than 120 values on
/// they are those of the normal approximation with its corrections for ties and continuity.
struct RankTest {
  double u = 0;
  double p_less = 1;     ///< of values of `a` that are no smaller than those of `b`: small where they are smaller
  double p_greater = 1;  ///< the other way round
  double p = 1;          ///< two-sided: twice the smaller of both, at most 1
};
RankTest rank_test(std::span<const double> a, std::span<const double> b);

/// By how much values of `b` lie above those of `a`: the median of all differences b − a (Hodges and Lehmann 1963).
/// The interval's ends are the C-th difference from below and from above with P(U <= C − 1) <= (1 − confidence)/2, so
/// that it holds the shift at least as often as asked for, whatever the distribution. Absent where even the extreme
/// differences hold it too seldom: with three values against three.
struct Shift {
  double centre = 0;
  std::optional<Interval> interval;
  double confidence = 0;  ///< that the interval has; 0 without one
};
Shift shift_between(std::span<const double> a, std::span<const double> b, double confidence = kConfidence);

/// The interval of the difference of means, b − a, by Student's t with Welch's freedom (1947). Absent where either has
/// fewer than two values.
std::optional<Interval> welch_interval(std::span<const double> a, std::span<const double> b,
                                       double confidence = kConfidence);

/// The least one-sided p that the rank test can have with so many values: 1 over the number of ways to draw them.
double least_rank_p(std::size_t count_a, std::size_t count_b);
/// The least number of values on each side with which the rank test can fall below `p`, one-sided.
std::size_t values_needed(double p);

/// p-values corrected for being so many, in their order: of Holm (1979), under which all claims together are wrong with
/// the chance p at most, and of Benjamini and Hochberg (1995), the expected share of false ones among those found.
std::vector<double> holm(std::span<const double> p);
std::vector<double> benjamini_hochberg(std::span<const double> p);

}  // namespace descent::stats
