#pragma once

#include <vector>

#include "solve/box_problem.hpp"
#include "solve/smooth.hpp"

namespace descent::solve {

/// About how many multiply-adds proximal_newton() is expected to take; it assumes that few variables are free towards
/// the end.
double proximal_newton_work(const BoxProblem& problem);

/// Solves the box problem from α on by the proximal point method on the dual (Rockafellar 1976), each of whose problems
/// is minimised over the weights by semismooth Newton steps (Li, Sun and Toh 2018) with an exact line search. A step
/// factors a (weights × weights) matrix, summed over the free variables. This is cheap with many rows and few weights,
/// and, unlike coordinate ascent, it does not become slow when l2 is small. Returns true when the primal value of `w`
/// minus the dual value of α is at most relative_gap times the primal value; false when rounding allows no further
/// progress, or the clock has run out. α stays within its bounds and never becomes worse. On return `w` is not (1/l2) Σ
/// α a: that differs by the last gradient divided by l2, and is worse.
bool proximal_newton(const BoxProblem& problem, std::vector<double>& alpha, std::span<double> w, double relative_gap,
                     const SolverClock& clock);

}  // namespace descent::solve
