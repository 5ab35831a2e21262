#pragma once

#include <cstddef>
#include <span>

#include "descent/stats/interval.hpp"

namespace descent::stats {

/// For n values, the number k of values outside the median's interval on either side: the interval goes from the
/// (k+1)-th value from below to the (k+1)-th from above. −1 if n values are too few for an interval: fewer than eight
/// at 95 %. The intervals after 1, 2, 3, … values all contain the median at the same time, with the probability
/// `confidence`; so one may look after every value, and stop at any time.
///   a number s of n values above the median is as likely as s heads of a fair coin; the mixture of the likelihood
///   ratios of all other coins, under a uniform prior, is B(s+1, n−s+1) 2ⁿ; the probability that it ever reaches 1/(1 −
///   confidence) is at most 1 − confidence (Ville 1939)
/// source  Howard, Ramdas, McAuliffe, Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals
///         of Statistics 49 (2021), the two-sided beta-binomial mixture; Howard and Ramdas, Bernoulli 28 (2022), for
///         quantiles; Robbins, Annals of Mathematical Statistics 41 (1970)
int left_out_by_sequence(std::size_t n, double confidence = kConfidence);

/// The interval of a confidence sequence of the median after these values; both ends are open if there are too few. The
/// only assumption is that each value, given the earlier ones, lies above the median as often as below it.
OpenInterval median_sequence(std::span<const double> values, double confidence = kConfidence);

}  // namespace descent::stats
