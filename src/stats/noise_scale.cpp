#include "descent/stats/noise_scale.hpp"

#include <algorithm>
#include <cmath>

#include "descent/stats/gamma_mean.hpp"
#include "descent/stats/summary.hpp"

namespace descent::stats {

std::optional<double> TwoBatch::scale() const {
  if (!(signal > 0)) return std::nullopt;
  return std::max(0.0, noise) / signal;
}

OpenInterval two_batch_scale_interval(std::span<const double> norms_squared_1, std::span<const double> norms_squared_2,
                                      double c_1, double c_2, double confidence) {
  double square = 0, over_freedom = 0;
  for (const auto& norms : {norms_squared_1, norms_squared_2}) {
    const auto n = static_cast<double>(norms.size());
    const double error = relative_variance(norms) / n;
    square += error, over_freedom += error * error / (n - 1);
  }
  const double ratio = mean(norms_squared_1) / mean(norms_squared_2);
  const double half = square > 0 ? t_quantile(square * square / over_freedom, confidence) * std::sqrt(square) : 0;
  const auto scale_at = [&](double r) -> std::optional<double> {
    if (!(r < c_1 / c_2)) return std::nullopt;
    return std::max(0.0, (r - 1) / (c_1 - r * c_2));
  };
  return {scale_at(ratio * std::exp(-half)), scale_at(ratio * std::exp(half))};
}

TwoBatch two_batch(double norm_squared_1, double norm_squared_2, double c_1, double c_2) noexcept {
  return {(c_1 * norm_squared_2 - c_2 * norm_squared_1) / (c_1 - c_2), (norm_squared_1 - norm_squared_2) / (c_1 - c_2)};
}

}  // namespace descent::stats
