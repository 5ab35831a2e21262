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

/// An interval with an end that may be out of reach: nothing there says that it is open.
struct OpenInterval {
  std::optional<double> low, high;
};

inline constexpr double kConfidence = 0.95;

/// The t that a mean of freedom + 1 values is multiplied with for its interval.
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

/// Percentile bootstrap: `draw` computes the statistic of one replicate with the random numbers it is given, or nothing
/// (such replicates count as missing). Nothing when fewer than half are there.
std::optional<Interval> bootstrap(std::uint64_t seed, int replicates,
                                  const std::function<std::optional<double>(core::CounterRandom&)>& draw,
                                  double confidence = kConfidence);

/// The same where a replicate may be out of reach: draw returns +infinity for it, and an end that falls among those is
/// open. Conditioning on the others would make an interval of failures as tight as one of successes.
OpenInterval open_bootstrap(std::uint64_t seed, int replicates, const std::function<double(core::CounterRandom&)>& draw,
                            double confidence = kConfidence);

/// Interval of the median by order statistics, between which it is interpolated (Hettmansperger and Sheather 1986), so
/// that it is neither wider nor narrower than asked for. Nothing where even the least and the greatest value hold the
/// median too seldom between them: with fewer than six values at 95 %. Sorted.
std::optional<Interval> median_interval(std::span<const double> sorted, double confidence = kConfidence);

/// One draw of a sample's median from its confidence distribution, whose quantiles are the ends of median_interval: how
/// many values lie below the median is binomial(n, ½), and between two neighbours it is interpolated. The percentile
/// bootstrap is narrower for few values (8: 92 % where 95 % are asked for). Sorted, not empty.
double draw_median(core::CounterRandom& random, std::span<const double> sorted);

/// One draw of the mean of x from its confidence distribution, Student's t: its quantiles are t_interval's. Two values
/// or more.
double draw_mean(core::CounterRandom& random, std::span<const double> x);

/// Indices of a resample of n with replacement.
std::vector<std::size_t> resample(core::CounterRandom& random, std::size_t n);

}  // namespace descent::stats
