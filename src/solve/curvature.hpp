#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "solve/smooth.hpp"

namespace descent::solve {

/// ∇²f(w), (parameters, parameters) and symmetric, from one Hessian-vector product a parameter. Nothing where that is
/// too much work, or the clock is over.
std::optional<std::vector<double>> dense_hessian(MeanLoss& f, const std::vector<double>& w, const SolverClock& clock);

/// Least and largest eigenvalue of dense_hessian. Of a multiclass loss the least is taken where Σ_c W_c = 0: adding one
/// vector to every class moves no score's difference, so that the curvature there is l2 alone, and descent from 0 never
/// goes there. Nothing where that is too much work, or the clock is over.
std::optional<std::pair<double, double>> extreme_curvature(MeanLoss& f, const std::vector<double>& w,
                                                           const SolverClock& clock);

}  // namespace descent::solve
