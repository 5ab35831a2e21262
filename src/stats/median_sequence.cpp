#include "descent/stats/median_sequence.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace descent::stats {
namespace {

/// ln of the mixture of likelihood ratios for s of n values on one side.
double log_mixture(double s, double n) {
  return std::lgamma(s + 1) + std::lgamma(n - s + 1) - std::lgamma(n + 2) + n * std::numbers::ln2;
}

}  // namespace

int left_out_by_sequence(std::size_t n, double confidence) {
  const double bound = -std::log1p(-confidence), count = static_cast<double>(n);
  int left_out = -1;
  while (2 * (left_out + 1) < static_cast<int>(n) && log_mixture(left_out + 1, count) >= bound) ++left_out;
  return left_out;
}

OpenInterval median_sequence(std::span<const double> values, double confidence) {
  const int left_out = left_out_by_sequence(values.size(), confidence);
  if (left_out < 0) return {};
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const auto k = static_cast<std::size_t>(left_out);
  return {sorted[k], sorted[sorted.size() - 1 - k]};
}

}  // namespace descent::stats
