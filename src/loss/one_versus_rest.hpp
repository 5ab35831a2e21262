#pragma once

#include <cmath>

#include "descent/loss/loss.hpp"
#include "loss/parameters.hpp"

namespace descent::loss {

/// The oracle of margin and distance losses: a function of one score and one target ±1, summed over one-versus-rest
/// outputs.
class OneVersusRestLoss : public Loss {
 public:
  double value(std::span<const double> scores, std::int32_t label) const noexcept final;
  void gradient(std::span<const double> scores, std::int32_t label, std::span<double> out) const noexcept final;
  void hessian_times(std::span<const double> scores, std::int32_t label, std::span<const double> v,
                     std::span<double> out) const noexcept final;
  void terms(std::span<const double> scores, std::int32_t label, std::span<double> out) const noexcept final;
  bool probabilities(std::span<const double> scores, std::span<double> out) const noexcept final;
  std::optional<double> conjugate(std::span<double> u, std::int32_t label) const noexcept final;

 protected:
  /// The k of the loss's probabilities 1/(1 + e^-ks) of each score s; 0 if the loss defines no probabilities.
  virtual double steepness() const noexcept { return 0; }
  /// Loss of one output, and its first and second derivative with respect to the score; 0 at kinks.
  struct Oracle {
    double value, slope, curvature;
  };
  virtual Oracle oracle(double score, double target) const noexcept = 0;
  /// The conjugate of oracle() at the slope u; u is first moved into the conjugate's domain. Empty: not known.
  virtual std::optional<double> output_conjugate(double& /*u*/, double /*target*/) const noexcept { return {}; }

  /// −p log p, 0 at 0.
  static double entropy(double p) noexcept { return p > 0 ? -p * std::log(p) : 0; }

  /// The cost of each output, and of the additions that sum the outputs.
  static LossCost output_cost(std::size_t outputs, double flops, double transcendental) noexcept {
    const auto count = static_cast<double>(outputs);
    return {count * flops + (count - 1), count * transcendental};
  }
};

}  // namespace descent::loss
