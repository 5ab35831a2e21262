#pragma once

#include <cstddef>
#include <span>

#include "descent/stats/interval.hpp"

namespace descent::stats {

/// Of n values, how many on either side of the median's interval are left out: the interval goes from the (k+1)-th
/// value from below to the (k+1)-th from above. Nothing (−1) where n values cannot leave out any: fewer than eight at
/// 95 %. Of the intervals after 1, 2, 3, … values all hold the median with the probability asked for: one may look
/// after each and stop when it likes.
///   a number s of n values above the median is as likely as s heads of a fair coin; the mixture of the likelihood
///   ratios of all other coins, under a uniform prior, is B(s+1, n−s+1) 2ⁿ; it comes to 1/(1 − confidence) or more,
///   ever, with at most that probability (Ville 1939)
/// source  Howard, Ramdas, McAuliffe, Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals
///         of Statistics 49 (2021), the two-sided beta-binomial mixture; Howard and Ramdas, Bernoulli 28 (2022), for
///         quantiles; Robbins, Annals of Mathematical Statistics 41 (1970)
int left_out_by_sequence(std::size_t n, double confidence = kConfidence);

/// The interval of a confidence sequence of the median, after these values, in any order; open ends where there are too
/// few. It asks of the values only that each, given those before it, lies above the median as often as below: no
/// variance, no distribution, no bound.
OpenInterval median_sequence(std::span<const double> values, double confidence = kConfidence);

}  // namespace descent::stats
