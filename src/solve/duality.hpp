#pragma once

#include <optional>
#include <vector>

#include "descent/solve/mean_loss.hpp"
#include "solve/smooth.hpp"

namespace descent::solve {

/// A lower bound of inf f at l2 = 0 by Fenchel duality: (1/N) Σ −ℓ*(u_i) over slopes u with Σ u_i ⊗ x_i = 0; `slopes`
/// (outputs, rows) nearly satisfy this. They are first clamped into the domain of ℓ*. The norm of the remaining sum,
/// times 100 ‖w‖, is subtracted: the bound holds if the nearest minimiser is no longer than 100 ‖w‖. For good slopes
/// the remaining sum is only rounding. Empty if the loss does not give its ℓ*.
std::optional<double> fenchel_bound(MeanLoss& f, std::vector<double> slopes, const std::vector<double>& w);

/// fenchel_bound() of the slopes at w after one Newton step that makes them sum to zero. Its error is of second order
/// in ‖∇f‖. Directions without data are ignored, so duplicate and constant features do no harm. For a smooth loss at l2
/// = 0. Also empty if a dense Hessian is too much work.
std::optional<double> newton_bound(MeanLoss& f, const std::vector<double>& w, const SolverClock& clock);

}  // namespace descent::solve
