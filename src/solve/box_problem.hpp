#pragma once

#include <cstddef>
#include <functional>
#include <span>

namespace descent::solve {

/// The dual of a kinked loss: max Σ α b − (l2/2)‖w‖², w = (1/l2) Σ α a, over low ≤ α ≤ high. Its primal is
/// (l2/2)‖w‖² + Σ max(low s, high s) with the slopes s = b − a · w.
struct BoxProblem {
  std::size_t variables, weights;
  double l2, low, high;
  std::function<void(std::span<const double> w, std::span<double> out)> slopes;  ///< b_t − a_t · w of all
  std::function<void(std::size_t t, double scale, std::span<double> w)> add;     ///< w += scale a_t
  /// Lower triangle of out (weights, weights) += Σ scale_t a_t a_tᵀ, scale ≥ 0.
  std::function<void(std::span<const double> scale, std::span<double> out)> add_gram;
  double gram_work;  ///< multiply-adds of add_gram
};

/// w = (1/l2) Σ α a.
void set_weights(const BoxProblem& problem, std::span<const double> alpha, std::span<double> w);

}  // namespace descent::solve
