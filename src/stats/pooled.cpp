#include "descent/stats/pooled.hpp"

#include <algorithm>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "descent/stats/summary.hpp"

namespace descent::stats {
namespace {

/// The x with trigamma(x) = y > 0. Trigamma falls, and 1/x < trigamma(x) < 1/x + 1/x².
double trigamma_inverse(double y) {
  double low = std::log(1 / (y + 1)) - 1, high = std::log(1 / y + 1 / std::sqrt(y)) + 1;  // of ln x
  for (int i = 0; i < 100; ++i) {
    const double middle = 0.5 * (low + high);
    (boost::math::trigamma(std::exp(middle)) > y ? low : high) = middle;
  }
  return std::exp(0.5 * (low + high));
}

}  // namespace

std::optional<Variance> common_variance(std::span<const Variance> groups) {
  // ln s² minus the expectation of ln(χ²/freedom): an unbiased estimate of ln σ².
  std::vector<double> logs;
  double chance = 0, sum = 0, freedom = 0;
  for (const Variance& group : groups) {
    if (!(group.value > 0) || !(group.freedom > 0)) continue;
    const double half = group.freedom / 2;
    logs.push_back(std::log(group.value) - boost::math::digamma(half) + std::log(half));
    chance += boost::math::trigamma(half);
    sum += group.freedom * group.value, freedom += group.freedom;
  }
  if (logs.size() < 3) return {};
  const double beyond = variance(logs) - chance / static_cast<double>(logs.size());
  if (!(beyond > 0)) return Variance{sum / freedom, std::numeric_limits<double>::infinity()};
  const double half = trigamma_inverse(beyond);
  return Variance{std::exp(mean(logs) + boost::math::digamma(half) - std::log(half)), 2 * half};
}

Variance moderated(const Variance& own, const Variance& common, double most) {
  if (std::isinf(common.freedom)) return {common.value, most};
  const double together = own.freedom + common.freedom;
  return {(own.freedom * own.value + common.freedom * common.value) / together, std::min(together, most)};
}

}  // namespace descent::stats
