#include "descent/stats/draws.hpp"

#include <cmath>

namespace descent::stats {

double draw_chi_squared(core::CounterRandom& random, double freedom) {
  // The method needs a shape of at least 1: for a smaller one it draws shape + 1 and multiplies by a power of a uniform
  // number.
  double shape = freedom / 2, share = 1;
  if (shape < 1) {
    share = std::pow(1 - random.next_unit(), 1 / shape);
    shape += 1;
  }
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = random.next_normal(), root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root, u = 1 - random.next_unit();
    if (std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return 2 * d * v * share;
  }
}

double draw_t(core::CounterRandom& random, double freedom) {
  const double normal = random.next_normal();
  return normal / std::sqrt(draw_chi_squared(random, freedom) / freedom);
}

}  // namespace descent::stats
