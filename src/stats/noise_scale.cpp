#include "descent/stats/noise_scale.hpp"

#include <algorithm>

namespace descent::stats {

std::optional<double> TwoBatch::scale() const {
  if (!(signal > 0)) return std::nullopt;
  return std::max(0.0, noise) / signal;
}

TwoBatch two_batch(double norm_squared_1, double norm_squared_2, double c_1, double c_2) noexcept {
  return {(c_1 * norm_squared_2 - c_2 * norm_squared_1) / (c_1 - c_2), (norm_squared_1 - norm_squared_2) / (c_1 - c_2)};
}

}  // namespace descent::stats
