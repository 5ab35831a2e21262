#include "descent/stats/gamma_mean.hpp"

#include <algorithm>
#include <cmath>

#include "descent/stats/summary.hpp"

namespace descent::stats {
namespace {

constexpr std::size_t kLeast = 4;

/// 1/shape by maximum likelihood: an approximate solution k of ln k − digamma(k) = ln mean − mean ln, accurate to 1.5
/// %.
double from_logarithms(std::span<const double> x, double centre) {
  const auto n = static_cast<double>(x.size());
  double s = std::log(centre);
  for (const double value : x) s -= std::log(value) / n;
  if (!(s > 0)) return 0;
  const double shape = (3 - s + std::sqrt((s - 3) * (s - 3) + 24 * s)) / (12 * s);
  return 1 / (shape * (1 - 3 / n));
}

}  // namespace

double relative_variance(std::span<const double> x) {
  const double centre = mean(x);
  if (!(centre > 0)) return 0;
  const double moments = variance(x) / (centre * centre);
  const bool positive = std::all_of(x.begin(), x.end(), [](double value) { return value > 0; });
  return positive && moments > 0 ? std::max(moments, from_logarithms(x, centre)) : moments;
}

OpenInterval gamma_mean_interval(std::span<const double> x, double confidence) {
  if (x.size() < kLeast) return {};
  const auto n = static_cast<double>(x.size());
  const double centre = mean(x), ninth = relative_variance(x) / (9 * n);
  const double half = t_quantile(n - 1, confidence) * std::sqrt(ninth);
  const auto over_cube = [&](double root) { return centre / (root * root * root); };
  OpenInterval interval{over_cube(1 - ninth + half), {}};
  if (1 - ninth - half > 0) interval.high = over_cube(1 - ninth - half);
  return interval;
}

}  // namespace descent::stats
