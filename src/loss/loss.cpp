#include "descent/loss/loss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "loss/one_versus_rest.hpp"

namespace descent::loss {

std::size_t Loss::outputs(int classes) const noexcept {
  return classes == 2 && traits().family != LossTraits::Family::multiclass ? 1 : static_cast<std::size_t>(classes);
}

LossCost Loss::counted_cost(std::size_t outputs) const noexcept { return cost(outputs); }

std::unique_ptr<Loss> make_loss(std::string_view spec) {
  return LossRegistry::instance().make("loss", spec, core::Suggest::always);
}

double positive_parameter(const core::Arguments& arguments, std::string_view key, double fallback) {
  const double value = arguments.number(key, fallback);
  // The kernels compute in float32, where 1e-300 would be 0 and 1e300 infinite.
  if (!(value >= std::numeric_limits<float>::min() && value <= std::numeric_limits<float>::max()))
    throw core::UsageError(fmt::format("{}: {} is {}; expected a positive number in the range of float32",
                                       arguments.text, key, core::shortest(value)));
  return value;
}

void no_parameters(const core::Arguments& arguments) {
  if (!arguments.values.empty())
    throw core::UsageError(fmt::format("{}: unknown argument '{}'; expected none for {}", arguments.text,
                                       arguments.values.begin()->first, arguments.name));
}

double sigmoid(double score) noexcept {
  const double e = std::exp(-std::abs(score));
  return score > 0 ? 1 / (1 + e) : e / (1 + e);
}

void softmax(std::span<const double> scores, std::span<double> probabilities) noexcept {
  const double largest = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (std::size_t k = 0; k < scores.size(); ++k) sum += probabilities[k] = std::exp(scores[k] - largest);
  for (double& p : probabilities) p /= sum;
}

}  // namespace descent::loss
