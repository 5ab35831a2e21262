#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "descent/stats/interval.hpp"

namespace descent::stats {

// Two independent samples of one quantity, finite values, neither empty, in any order.

/// The test of Mann and Whitney (1947). `u` counts the pairs in which the value of `a` is the larger one, ties as half.
/// p-values are exact, also with ties (from the distribution of the tied ranks). With more than 120 values the normal
/// approximation is used, corrected for ties and continuity.
struct RankTest {
  double u = 0;
  double p_less = 1;     ///< p-value of "`a` is not smaller than `b`": small if `a` is smaller
  double p_greater = 1;  ///< p-value of "`a` is not greater than `b`"
  double p = 1;          ///< two-sided: twice the smaller of the two, at most 1
};
RankTest rank_test(std::span<const double> a, std::span<const double> b);

/// The shift of `b` against `a`: the median of all differences b − a (Hodges and Lehmann 1963). The interval's ends are
/// the C-th difference from below and from above with P(U <= C − 1) <= (1 − confidence)/2, so that it covers the shift
/// at least as often as asked for, whatever the distribution. Absent if even the interval between the extreme
/// differences covers it too seldom: with three values against three.
struct Shift {
  double centre = 0;
  std::optional<Interval> interval;
  double confidence = 0;  ///< coverage of the interval; 0 without an interval
};
Shift shift_between(std::span<const double> a, std::span<const double> b, double confidence = kConfidence);

/// The interval of the difference of means, b − a, by Student's t with Welch's degrees of freedom (1947). Empty if a
/// sample has fewer than two values.
std::optional<Interval> welch_interval(std::span<const double> a, std::span<const double> b,
                                       double confidence = kConfidence);

/// The least one-sided p-value of the rank test with samples of these sizes: 1 over the number of ways to choose one
/// sample from all values.
double least_rank_p(std::size_t count_a, std::size_t count_b);
/// The least number of values on each side with which the rank test can fall below `p`, one-sided.
std::size_t values_needed(double p);

/// p-values corrected for multiple tests, in the given order. Holm (1979): bounds the probability that any of the
/// claims is wrong. Benjamini and Hochberg (1995): bounds the expected share of wrong claims among those made.
std::vector<double> holm(std::span<const double> p);
std::vector<double> benjamini_hochberg(std::span<const double> p);

}  // namespace descent::stats
