#include "engine/engines/exact8_numbers.hpp"

#include <algorithm>
#include <cmath>

namespace descent::engine {

int largest_exponent(float largest) noexcept {
  constexpr int bits = 14, most = 100;  // 2^14 ≤ kMostQ < 2^15
  if (largest == 0) return 0;
  int e = bits - std::ilogb(largest);
  if (std::ldexp(largest, std::min(e, most)) > static_cast<float>(kMostQ)) --e;
  return std::clamp(e, -(most + bits), most);
}

float slope_factor(double largest) noexcept {
  const double factor = std::min(kMostQ / largest, 1e30);  // finite as float
  return static_cast<float>(factor >= 1 ? std::floor(factor) : factor);
}

float power_of_two(int e) noexcept { return std::ldexp(1.0F, e); }

}  // namespace descent::engine
