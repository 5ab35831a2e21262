#include "descent/stats/escape.hpp"

#include <cmath>
#include <numbers>

namespace descent::stats {

std::optional<std::int64_t> median_escape_steps(const LinearEscape& escape, double distance, std::int64_t most) {
  const double growth = 1 - escape.rate * escape.curvature, kick = escape.rate * escape.noise;
  double mean = escape.start, variance = 0;
  for (std::int64_t k = 0; k <= most; ++k) {
    if (variance > 0) {
      const double scale = std::sqrt(variance) * std::numbers::sqrt2;
      const double outside = 0.5 * (std::erfc((distance - mean) / scale) + std::erfc((distance + mean) / scale));
      if (outside >= 0.5) return k;
    } else if (std::abs(mean) >= distance) {
      return k;
    }
    mean *= growth;
    variance = growth * growth * variance + kick * kick;
  }
  return std::nullopt;
}

double steps_per_factor(double rate, double curvature, double less) {
  return std::log(less) / std::log1p(-rate * curvature);
}

}  // namespace descent::stats
