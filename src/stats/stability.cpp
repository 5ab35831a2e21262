#include "descent/stats/stability.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "descent/stats/summary.hpp"

namespace descent::stats {
namespace {

constexpr std::size_t kEnoughForDrift = 6, kEnoughForModes = 8, kLeastGroup = 3;
constexpr double kApart = 0.05, kExplained = 0.85, kTrendLevel = 0.01, kDeviations = 5;

/// Probabilities of each number of inversions of a random order of n.
std::vector<double> inversions(std::size_t n) {
  std::vector<double> p{1};
  for (std::size_t m = 2; m <= n; ++m) {
    std::vector<double> next(p.size() + m - 1, 0.0);
    for (std::size_t k = 0; k < p.size(); ++k)
      for (std::size_t j = 0; j < m; ++j) next[k + j] += p[k] / static_cast<double>(m);
    p = std::move(next);
  }
  return p;
}

}  // namespace

double trend_p(std::span<const double> values) {
  std::int64_t s = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = i + 1; j < values.size(); ++j) s += (values[j] > values[i]) - (values[j] < values[i]);
  const std::vector<double> p = inversions(values.size());
  const auto pairs = static_cast<std::int64_t>(p.size()) - 1;
  double tail = 0;  // S = pairs − 2 · inversions
  for (std::int64_t k = 0; k <= pairs; ++k)
    if (std::abs(pairs - 2 * k) >= std::abs(s)) tail += p[static_cast<std::size_t>(k)];
  return std::min(1.0, tail);
}

std::optional<double> drift(std::span<const double> values) {
  if (values.size() < kEnoughForDrift || trend_p(values) > kTrendLevel) return std::nullopt;
  std::vector<double> slopes;
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = i + 1; j < values.size(); ++j)
      slopes.push_back((values[j] - values[i]) / static_cast<double>(j - i));
  return median(slopes) * static_cast<double>(values.size() - 1) / median(values);
}

std::optional<RankTrend> rank_trend(std::span<const double> values) {
  constexpr std::size_t kLeast = 10;
  const std::size_t n = values.size();
  if (n < kLeast) return std::nullopt;
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(n);
  for (std::size_t begin = 0, end; begin < n; begin = end) {
    for (end = begin + 1; end < n && values[order[end]] == values[order[begin]];) ++end;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = 0.5 * static_cast<double>(begin + end - 1);
  }
  const double centre = 0.5 * static_cast<double>(n - 1);
  double both = 0, squares = 0, steps = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double x = static_cast<double>(i) - centre, y = ranks[i] - centre;
    both += x * y, squares += y * y, steps += x * x;
  }
  if (!(squares > 0)) return std::nullopt;
  RankTrend trend{both / std::sqrt(squares * steps), 0};
  const double rest = 1 - trend.correlation * trend.correlation, freedom = static_cast<double>(n - 2);
  if (!(rest > 1e-15)) return trend;
  const double t = std::abs(trend.correlation) * std::sqrt(freedom / rest);
  trend.p = 2 * boost::math::cdf(boost::math::complement(boost::math::students_t(freedom), t));
  return trend;
}

bool bimodal(std::span<const double> x) {
  if (x.size() < kEnoughForModes) return false;
  std::vector<double> sorted(x.begin(), x.end());
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<double>(sorted.size());
  const double centre = mean(sorted), total = variance(sorted) * (n - 1);
  if (!(total > 0)) return false;
  const std::size_t least = std::max(kLeastGroup, (sorted.size() + 6) / 7);
  double sum = 0;
  for (std::size_t below = 1; below + least <= sorted.size(); ++below) {
    sum += sorted[below - 1];
    if (below < least) continue;
    const auto left = static_cast<double>(below), right = n - left;
    const double low = sum / left, high = (n * centre - sum) / right;
    const double between = left * (low - centre) * (low - centre) + right * (high - centre) * (high - centre);
    if (between >= kExplained * total && high - low >= kApart * median(sorted)) return true;
  }
  return false;
}

std::size_t outliers(std::span<const double> x) {
  const double centre = median(x), deviation = 1.4826 * mad(x);
  const double far = std::max(kDeviations * deviation, kApart * std::abs(centre));
  return static_cast<std::size_t>(
      std::count_if(x.begin(), x.end(), [&](double value) { return std::abs(value - centre) > far; }));
}

}  // namespace descent::stats
