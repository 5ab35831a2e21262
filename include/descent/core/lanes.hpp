#pragma once

#include <cstddef>

namespace descent::core {

/// The sum of eight lanes in a fixed order, in which vectors of eight, four or two lanes can all be folded: the same
/// bits from every compiler. Lanes is an array or a vector type of eight numbers.
template <class Lanes>
inline double sum_of_lanes(const Lanes& lanes) noexcept {
  return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/// Σ x², in double and eight lanes.
inline double sum_of_squares(const float* x, std::size_t size) noexcept {
  double lanes[8] = {};
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8)
    for (std::size_t lane = 0; lane < 8; ++lane) lanes[lane] += static_cast<double>(x[i + lane]) * x[i + lane];
  for (std::size_t lane = 0; i < size; ++i, ++lane) lanes[lane] += static_cast<double>(x[i]) * x[i];
  return sum_of_lanes(lanes);
}

}  // namespace descent::core
