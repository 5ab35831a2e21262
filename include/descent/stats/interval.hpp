#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "descent/core/random.hpp"

namespace descent::stats {

/// A value with the ends of its interval.
struct Interval {
  double low = 0, high = 0;
};

/// An interval whose ends may be open; an open end is empty.
struct OpenInterval {
  std::optional<double> low, high;
};

inline constexpr double kConfidence = 0.95;

/// The factor of the standard error in Student's t interval with that many degrees of freedom.
double t_quantile(double freedom, double confidence = kConfidence);

/// Student's t interval of the mean; nothing for fewer than two values.
std::optional<Interval> t_interval(std::span<const double> x, double confidence = kConfidence);

/// Interval of the mean by the studentised bootstrap (Efron and Tibshirani 1993, chapter 12), for skewed values; by t
/// where there are fewer than eight. Nothing for fewer than two.
std::optional<Interval> studentised_interval(std::uint64_t seed, int replicates, std::span<const double> x,
                                             double confidence = kConfidence);

/// Interval of a normal sample's standard deviation by χ² (n = 10: 0.69 to 1.83 times it); nothing for fewer than two
/// values.
std::optional<Interval> deviation_interval(std::span<const double> x, double confidence = kConfidence);

/// Percentile bootstrap: `draw` computes the statistic of one replicate with the random numbers it is given; empty
/// means that the replicate is missing. Empty if more than half are missing.
std::optional<Interval> bootstrap(std::uint64_t seed, int replicates,
                                  const std::function<std::optional<double>(core::CounterRandom&)>& draw,
                                  double confidence = kConfidence);

/// The same for replicates that may be infinite: `draw` then returns +infinity, and an end of the interval that would
/// be infinite is open. Leaving such replicates out would make the interval too narrow.
OpenInterval open_bootstrap(std::uint64_t seed, int replicates, const std::function<double(core::CounterRandom&)>& draw,
                            double confidence = kConfidence);

/// Interval of the median by order statistics, between which it is interpolated (Hettmansperger and Sheather 1986), so
/// that its coverage is as asked for. Empty if even the range of all values covers the median too seldom: with fewer
/// than six values at 95 %. `sorted` is ascending.
std::optional<Interval> median_interval(std::span<const double> sorted, double confidence = kConfidence);

/// One draw of a sample's median from its confidence distribution, whose quantiles are the ends of median_interval():
/// the number of values below the median is binomial(n, ½), and between two neighbouring values it is interpolated. The
/// percentile bootstrap would be too narrow for few values (8 values: 92 % instead of 95 %). `sorted` is ascending and
/// not empty.
double draw_median(core::CounterRandom& random, std::span<const double> sorted);

/// One draw of the mean of x from its confidence distribution, Student's t, whose quantiles are the ends of
/// t_interval(). Two values or more.
double draw_mean(core::CounterRandom& random, std::span<const double> x);

/// Indices of a resample of n with replacement.
std::vector<std::size_t> resample(core::CounterRandom& random, std::size_t n);

}  // namespace descent::stats
