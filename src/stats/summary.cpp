#include "descent/stats/summary.hpp"

#include <algorithm>
#include <cmath>

namespace descent::stats {

double mean(std::span<const double> x) noexcept {
  double sum = 0;
  for (const double value : x) sum += value;
  return sum / static_cast<double>(x.size());
}

double variance(std::span<const double> x) noexcept {
  if (x.size() < 2) return 0;
  const double centre = mean(x);
  double sum = 0;
  for (const double value : x) sum += (value - centre) * (value - centre);
  return sum / static_cast<double>(x.size() - 1);
}

double quantile(std::span<const double> x, double p) {
  std::vector<double> sorted(x.begin(), x.end());
  std::sort(sorted.begin(), sorted.end());
  const double at = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  if (below + 1 >= sorted.size()) return sorted.back();
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[below + 1] - sorted[below]);
}

double median(std::span<const double> x) { return quantile(x, 0.5); }

double mad(std::span<const double> x) {
  const double centre = median(x);
  std::vector<double> away;
  for (const double value : x) away.push_back(std::abs(value - centre));
  return median(away);
}

}  // namespace descent::stats
