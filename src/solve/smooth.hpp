#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <vector>

#include "descent/record/tables.hpp"
#include "descent/solve/mean_loss.hpp"

namespace descent::solve {

/// A function that returns the seconds since stopwatch() was called.
inline std::function<double()> stopwatch() {
  return [start = std::chrono::steady_clock::now()] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
}

/// When a solver has to stop, and where it records its progress.
struct SolverClock {
  double max_seconds;
  const std::atomic<bool>* cancel;
  std::vector<record::SolverPoint>& passage;
  std::function<double()> seconds = stopwatch();

  bool over() const { return seconds() > max_seconds || (cancel != nullptr && cancel->load()); }
  void note(double passes, double value) const { passage.push_back({passes, seconds(), value}); }
};

inline constexpr int kSmoothHistory = 40;  ///< pairs of vectors that L-BFGS remembers
/// Most features of a preconditioner: two matrices of 32 MiB, and 3 GFLOP to factor.
inline constexpr std::size_t kMostFactored = 2048;

/// Minimises f from w on until ‖∇f‖ <= tolerance, by L-BFGS (liblbfgs) and then Newton steps. L-BFGS stops when it can
/// no longer tell function values apart; Newton steps reach smaller norms. They use conjugate gradients (with a
/// preconditioner if these are slow), or a factorisation of the whole Hessian for up to 512 parameters. Losses whose
/// gradients have kinks (squared_hinge) need the latter and an exact line search (Keerthi and DeCoste 2005): otherwise
/// they would not converge when the regulariser is weak. w is improved in place; returns ‖∇f(w)‖.
double minimise_smooth(MeanLoss& f, std::vector<double>& w, double tolerance, const SolverClock& clock);

}  // namespace descent::solve
