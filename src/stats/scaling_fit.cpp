#include "descent/stats/scaling_fit.hpp"

#include <algorithm>
#include <cmath>

namespace descent::stats {

std::optional<double> amdahl_serial(std::span<const SpeedUp> points) {
  // p/C − 1 = s (p − 1); an error of one part in C moves p/C by p/C: weight (C/p)².
  double xx = 0, xy = 0;
  for (const auto& [p, c] : points) {
    if (!(p > 1) || !(c > 0)) continue;
    const double weight = (c / p) * (c / p);
    xx += weight * (p - 1) * (p - 1);
    xy += weight * (p - 1) * (p / c - 1);
  }
  if (!(xx > 0)) return {};
  return std::clamp(xy / xx, 0.0, 1.0);
}

double karp_flatt(const SpeedUp& point) { return (1 / point.speed_up - 1 / point.threads) / (1 - 1 / point.threads); }

std::optional<Usl> fit_usl(std::span<const SpeedUp> points) {
  double aa = 0, ab = 0, bb = 0, ay = 0, by = 0;
  for (const auto& [p, c] : points) {
    if (!(p > 1) || !(c > 0)) continue;
    const double weight = (c / p) * (c / p), a = p - 1, b = p * (p - 1), y = p / c - 1;
    aa += weight * a * a, ab += weight * a * b, bb += weight * b * b, ay += weight * a * y, by += weight * b * y;
  }
  const double det = aa * bb - ab * ab;
  if (!(det > 1e-12 * aa * bb)) return {};
  Usl fit{(bb * ay - ab * by) / det, (aa * by - ab * ay) / det, {}};
  // Neither unknown may be negative: if one would be, it is set to 0 and the other is fitted alone.
  if (fit.sigma < 0)
    fit.sigma = 0, fit.kappa = std::max(0.0, by / bb);
  else if (fit.kappa < 0)
    fit.kappa = 0, fit.sigma = std::max(0.0, ay / aa);
  if (fit.kappa > 0 && fit.sigma < 1) fit.best_threads = std::sqrt((1 - fit.sigma) / fit.kappa);
  return fit;
}

}  // namespace descent::stats
