#include "descent/stats/binomial.hpp"

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>

namespace descent::stats {

Interval binomial_interval(int successes, int trials, double confidence) {
  using Binomial = boost::math::binomial_distribution<>;
  const double tail = (1 - confidence) / 2;
  return {successes == 0 ? 0 : Binomial::find_lower_bound_on_p(trials, successes, tail),
          successes == trials ? 1 : Binomial::find_upper_bound_on_p(trials, successes, tail)};
}

double normal_below(double z) { return boost::math::cdf(boost::math::normal(), z); }

double normal_quantile(double p) { return boost::math::quantile(boost::math::normal(), p); }

}  // namespace descent::stats
