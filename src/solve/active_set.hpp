#pragma once

#include <span>
#include <vector>

#include "solve/box_problem.hpp"
#include "solve/smooth.hpp"

namespace descent::solve {

/// Moves α from near the optimum to the optimum by an active-set method. It solves exactly for the variables between
/// their bounds, in steps that end where the first of them meets a bound, and then frees the variable at a bound that
/// would gain most, until none would gain. α only improves, except for rounding. w is set to the weights of α,
/// corrected so that the slopes of the free rows are 0 (with a small l2, rounding would leave them off 0). Returns
/// false, with α as far as it came, if more than 4,000 variables are free, `most_work` multiply-adds are spent, or the
/// clock has run out.
bool active_set(const BoxProblem& problem, std::vector<double>& alpha, std::span<double> w, double most_work,
                const SolverClock& clock);

/// Moves the free variables of α by the smallest step after which Σ α a = 0, as far as that is possible: l2 = 0
/// requires it. `w` is the weights of α. Does nothing if more than 4,000 variables are free.
void drop_norm(const BoxProblem& problem, std::vector<double>& alpha, std::span<const double> w);

}  // namespace descent::solve
