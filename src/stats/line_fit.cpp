#include "descent/stats/line_fit.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace descent::stats {

std::optional<LineFit> fit_line(std::span<const double> x, std::span<const double> y, std::span<const double> weights) {
  if (x.size() < 2) return {};
  const auto weight = [&](std::size_t i) { return weights.empty() ? 1.0 : weights[i]; };
  double total = 0, mean_x = 0, mean_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) total += weight(i), mean_x += weight(i) * x[i], mean_y += weight(i) * y[i];
  if (!(total > 0)) return {};
  mean_x /= total, mean_y /= total;
  double xx = 0, xy = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += weight(i) * (x[i] - mean_x) * (x[i] - mean_x);
    xy += weight(i) * (x[i] - mean_x) * (y[i] - mean_y);
    yy += weight(i) * (y[i] - mean_y) * (y[i] - mean_y);
  }
  if (!(xx > 0) || !std::isfinite(xy / xx)) return {};
  LineFit fit;
  fit.slope = xy / xx;
  fit.intercept = mean_y - fit.slope * mean_x;
  if (yy > 0) fit.r_squared = std::clamp(xy * xy / (xx * yy), 0.0, 1.0);
  return fit;
}

std::optional<Interval> slope_interval(std::uint64_t seed, int replicates, std::span<const double> x,
                                       std::span<const double> y, double confidence) {
  const auto fit = fit_line(x, y);
  const std::size_t n = x.size();
  if (!fit || n < 4) return {};
  const auto block = static_cast<std::size_t>(std::max(1.0, std::round(std::cbrt(static_cast<double>(n)))));
  // After fitting two parameters, the variance of a block's sum of residuals is too small by a share of 2·block/n.
  const double inflate =
      std::sqrt(static_cast<double>(n) / std::max(1.0, static_cast<double>(n) - 2 * static_cast<double>(block)));
  std::vector<double> residuals(n);
  for (std::size_t i = 0; i < n; ++i) residuals[i] = inflate * (y[i] - fit->intercept - fit->slope * x[i]);
  return bootstrap(
      seed, replicates,
      [&](core::CounterRandom& random) -> std::optional<double> {
        std::vector<double> drawn(n);
        for (std::size_t i = 0; i < n; i += block) {
          const std::size_t from = random.next_below(static_cast<std::uint32_t>(n));
          for (std::size_t j = 0; j < block && i + j < n; ++j)
            drawn[i + j] = fit->intercept + fit->slope * x[i + j] + residuals[(from + j) % n];
        }
        return fit_line(x, drawn)->slope;
      },
      confidence);
}

}  // namespace descent::stats
