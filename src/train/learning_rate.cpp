#include "descent/train/learning_rate.hpp"

namespace descent::train {
namespace {

constexpr double kLambdaGuard = 1.01;  // λ₁ is iterated from below, so it may be too small

/// Smoothness of the loss without l2, as a factor: times λ₁ it is that of the mean loss, times max‖x‖² that of one
/// example.
double factor(const loss::LossTraits& traits, const DataConstants& data) {
  double result = traits.smoothness;
  if (traits.smoothness_times_classes) result *= data.outputs;
  if (traits.smooth_on_start) result *= data.f0;
  return result;
}

}  // namespace

double smoothness_constant(const loss::LossTraits& traits, const DataConstants& data, double l2) {
  const double curvature = traits.smooth_on_start ? data.max_row_norm_squared : data.lambda1;
  return factor(traits, data) * curvature + l2;
}

double reference_rate(const loss::LossTraits& traits, const DataConstants& data, double l2, std::size_t batch) {
  DataConstants guarded = data;
  guarded.lambda1 *= kLambdaGuard;
  const double mean = smoothness_constant(traits, guarded, l2);
  const double largest = factor(traits, data) * data.max_row_norm_squared + l2;
  const auto n = static_cast<double>(data.n), b = static_cast<double>(batch);
  if (data.n <= 1) return 1 / (2 * largest);
  const double expected = n * (b - 1) / (b * (n - 1)) * mean + (n - b) / (b * (n - 1)) * largest;
  return 1 / (2 * expected);
}

}  // namespace descent::train
