#include "analysis/log_error.hpp"

#include <cmath>

namespace descent::analysis {

LogError sum_of(const LogError& a, const LogError& b) {
  const double square_a = a.error * a.error, square_b = b.error * b.error, sum = square_a + square_b;
  if (!(sum > 0)) return {0, a.freedom + b.freedom};
  return {std::sqrt(sum), sum * sum / (square_a * square_a / a.freedom + square_b * square_b / b.freedom)};
}

stats::Interval interval_of(double figure, const LogError& error) {
  const double factor = std::exp(error.error * stats::t_quantile(error.freedom));
  return {figure / factor, figure * factor};
}

}  // namespace descent::analysis
