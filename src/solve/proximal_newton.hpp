#pragma once

#include <vector>

#include "solve/box_problem.hpp"
#include "solve/smooth.hpp"

namespace descent::solve {

/// Multiply-adds that proximal_newton is expected to take, about: few variables are free towards the end.
double proximal_newton_work(const BoxProblem& problem);

/// Solves the box problem from α on by the proximal point method on the dual (Rockafellar 1976), each of whose problems
/// is minimised over the weights by semismooth Newton steps (Li, Sun and Toh 2018) with an exact line search. A step
/// factors a matrix of the weights, made of the variables that are free: cheap where there are many rows and few
/// weights, and it does not crawl where l2 is small, as coordinate ascent does. Ends where the primal value of `w` less
/// the dual value of α is relative_gap times the primal value, where rounding lets it get no further, or when the clock
/// is over; true for the first. α, never worse than before, stays within its bounds; `w` is not (1/l2) Σ α a, which is
/// further off by what is left of the last gradient, over l2.
bool proximal_newton(const BoxProblem& problem, std::vector<double>& alpha, std::span<double> w, double relative_gap,
                     const SolverClock& clock);

}  // namespace descent::solve
