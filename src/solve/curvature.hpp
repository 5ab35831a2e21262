#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "solve/smooth.hpp"

namespace descent::solve {

/// ∇²f(w), (parameters, parameters) and symmetric, from one Hessian-vector product per parameter. Empty if that is too
/// much work, or the clock has run out.
std::optional<std::vector<double>> dense_hessian(MeanLoss& f, const std::vector<double>& w, const SolverClock& clock);

/// Least and largest eigenvalue of dense_hessian(). For a multiclass loss the least one is taken over the directions
/// with Σ_c W_c = 0: adding one vector to the weights of every class changes no difference of scores, so the curvature
/// in those directions is only l2, and descent from 0 never moves along them. Empty if that is too much work, or the
/// clock has run out.
std::optional<std::pair<double, double>> extreme_curvature(MeanLoss& f, const std::vector<double>& w,
                                                           const SolverClock& clock);

}  // namespace descent::solve
