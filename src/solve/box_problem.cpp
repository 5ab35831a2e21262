#include "solve/box_problem.hpp"

#include <algorithm>

namespace descent::solve {

void set_weights(const BoxProblem& problem, std::span<const double> alpha, std::span<double> w) {
  std::fill(w.begin(), w.end(), 0.0);
  for (std::size_t t = 0; t < alpha.size(); ++t)
    if (alpha[t] != 0) problem.add(t, alpha[t] / problem.l2, w);
}

}  // namespace descent::solve
