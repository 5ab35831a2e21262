#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "train/solve/smooth.hpp"

namespace descent {

/// max Σ α b − (l2/2)‖w‖², w = (1/l2) Σ α a, over low ≤ α ≤ high.
struct BoxProblem {
  std::size_t variables, weights;
  double l2, low, high;
  std::function<void(std::span<const double> w, std::span<double> out)> slopes;  ///< b_t − a_t · w of all
  std::function<void(std::size_t t, double scale, std::span<double> w)> add;     ///< w += scale a_t
};

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

}  // namespace descent
