#pragma once

#include <optional>
#include <vector>

#include "descent/solve/mean_loss.hpp"
#include "solve/smooth.hpp"

namespace descent::solve {

/// A lower bound of inf f at l2 = 0 by Fenchel duality: (1/N) Σ −ℓ*(u_i) over slopes u with Σ u_i ⊗ x_i = 0, which
/// `slopes` (outputs, rows) nearly are. They are clamped into the domain of ℓ*; what is then left of the sum, times
/// 100 ‖w‖, is taken off: a bound as long as the nearest minimiser is no longer than that. Of good slopes nothing but
/// rounding is left. Nothing for a loss that does not tell its ℓ*.
std::optional<double> fenchel_bound(MeanLoss& f, std::vector<double> slopes, const std::vector<double>& w);

/// That bound from the slopes at w, moved by one Newton step to where they sum to zero: second order in ‖∇f‖, and
/// blind to directions without data, so duplicate and constant features do no harm. Of a smooth loss at l2 = 0. Nothing
/// too where a dense Hessian is too much work.
std::optional<double> newton_bound(MeanLoss& f, const std::vector<double>& w, const SolverClock& clock);

}  // namespace descent::solve
