#pragma once

#include "descent/stats/interval.hpp"

namespace descent::stats {

/// Exact interval of a probability of which `successes` of `trials` were seen (Clopper and Pearson 1934); trials >= 1.
Interval binomial_interval(int successes, int trials, double confidence = kConfidence);

/// Probability that a standard normal variable is below z.
double normal_below(double z);
/// The z that it is below with probability p, 0 < p < 1.
double normal_quantile(double p);

}  // namespace descent::stats
