#pragma once

#include <cstddef>
#include <vector>

namespace descent::solve {

// Operations on vectors (m,) in double for Lanczos' method. Sums always go from the first entry to the last: the first
// rates of a search depend on their bits.

inline double dot_in_order(const std::vector<double>& a, const std::vector<double>& b) noexcept {
  double sum = 0;
  for (std::size_t j = 0; j < a.size(); ++j) sum += a[j] * b[j];
  return sum;
}

/// to ← to + factor · from
inline void add_scaled(std::vector<double>& to, double factor, const std::vector<double>& from) noexcept {
  for (std::size_t j = 0; j < to.size(); ++j) to[j] += factor * from[j];
}

}  // namespace descent::solve
