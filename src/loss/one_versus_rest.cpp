#include "loss/one_versus_rest.hpp"

namespace descent::loss {
namespace {

/// The target of output k: +1 for the label's own output, else −1. With one output, label 1 is +1.
double target_of(std::size_t k, std::size_t outputs, std::int32_t label) noexcept {
  return label == (outputs == 1 ? 1 : static_cast<std::int32_t>(k)) ? 1 : -1;
}

}  // namespace

double OneVersusRestLoss::value(std::span<const double> scores, std::int32_t label) const noexcept {
  double sum = 0;
  for (std::size_t k = 0; k < scores.size(); ++k) sum += oracle(scores[k], target_of(k, scores.size(), label)).value;
  return sum;
}

void OneVersusRestLoss::gradient(std::span<const double> scores, std::int32_t label,
                                 std::span<double> out) const noexcept {
  for (std::size_t k = 0; k < scores.size(); ++k) out[k] = oracle(scores[k], target_of(k, scores.size(), label)).slope;
}

void OneVersusRestLoss::hessian_times(std::span<const double> scores, std::int32_t label, std::span<const double> v,
                                      std::span<double> out) const noexcept {
  for (std::size_t k = 0; k < scores.size(); ++k)
    out[k] = oracle(scores[k], target_of(k, scores.size(), label)).curvature * v[k];
}

bool OneVersusRestLoss::probabilities(std::span<const double> scores, std::span<double> out) const noexcept {
  const double k = steepness();
  if (k == 0) return false;
  if (scores.size() == 1) {
    out[0] = sigmoid(-k * scores[0]), out[1] = sigmoid(k * scores[0]);
  } else {
    for (std::size_t c = 0; c < scores.size(); ++c) out[c] = sigmoid(k * scores[c]);
  }
  return true;
}

void OneVersusRestLoss::terms(std::span<const double> scores, std::int32_t label,
                              std::span<double> out) const noexcept {
  for (std::size_t k = 0; k < scores.size(); ++k) out[k] = oracle(scores[k], target_of(k, scores.size(), label)).value;
}

std::optional<double> OneVersusRestLoss::conjugate(std::span<double> u, std::int32_t label) const noexcept {
  double sum = 0;
  for (std::size_t k = 0; k < u.size(); ++k) {
    const std::optional<double> term = output_conjugate(u[k], target_of(k, u.size(), label));
    if (!term) return {};
    sum += *term;
  }
  return sum;
}

}  // namespace descent::loss
