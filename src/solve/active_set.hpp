#pragma once

#include <span>
#include <vector>

#include "solve/box_problem.hpp"
#include "solve/smooth.hpp"

namespace descent::solve {

/// Brings α, near its best already, to it: the variables between their bounds are solved for exactly, in steps that end
/// where the first of them meets a bound, and the bound one that would gain most is let go, until none would. α only
/// gets better, but for rounding. w is set to what belongs to it, with the free rows' slopes brought to 0, which a
/// small l2 leaves to rounding. False, with α as far as it came, where more than 4,000 are free, `most_work`
/// multiply-adds are spent, or the clock is over.
bool active_set(const BoxProblem& problem, std::vector<double>& alpha, std::span<double> w, double most_work,
                const SolverClock& clock);

/// Moves the free of α, by as little as does it, to where Σ α a = 0, as far as they can: what l2 = 0 asks of them. w is
/// the weights that belong to α. Does nothing where more than 4,000 are free.
void drop_norm(const BoxProblem& problem, std::vector<double>& alpha, std::span<const double> w);

}  // namespace descent::solve
