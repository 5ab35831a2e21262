#pragma once

#include <cstdint>
#include <optional>

namespace descent::stats {

/// Plain steps at a constant rate on a quadratic along one direction: y ← y − rate · (curvature · y + noise · ξ), ξ
/// standard normal.
struct LinearEscape {
  double rate = 0;
  double curvature = 0;  ///< negative: the direction leads away
  double noise = 0;      ///< standard deviation of a step's gradient, 0 or more
  double start = 0;      ///< y before the first step
};

/// Median of the steps until |y| ≥ distance, distance > 0: the least k with P(|y_k| ≥ distance) ≥ ½, where y_k is
/// normal with mean g^k start and variance (rate · noise)² (g^2k − 1) / (g² − 1), g = 1 − rate · curvature. Empty if it
/// takes more than `most` steps. source  docs/decisions/0045
std::optional<std::int64_t> median_escape_steps(const LinearEscape& escape, double distance, std::int64_t most);

/// How many more steps the median takes when the noise is divided by `less`, for escapes of many steps: ln(less) / ln(1
/// − rate · curvature). curvature < 0, less > 1.
double steps_per_factor(double rate, double curvature, double less);

}  // namespace descent::stats
