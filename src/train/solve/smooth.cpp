#include "train/solve/smooth.hpp"

#include <lbfgs.h>

#include <algorithm>
#include <cmath>

namespace descent {
namespace {

constexpr int kMostNewtonSteps = 60;

struct LbfgsRun {
  MeanLoss& f;
  double tolerance;
  const SolverClock& clock;
};

lbfgsfloatval_t evaluate(void* instance, const lbfgsfloatval_t* x, lbfgsfloatval_t* g, int n, lbfgsfloatval_t) {
  auto& run = *static_cast<LbfgsRun*>(instance);
  const auto size = static_cast<std::size_t>(n);
  return run.f.gradient({x, size}, {g, size});
}

int progress(void* instance, const lbfgsfloatval_t*, const lbfgsfloatval_t*, lbfgsfloatval_t fx, lbfgsfloatval_t,
             lbfgsfloatval_t gradient_norm, lbfgsfloatval_t, int, int, int) {
  const auto& run = *static_cast<const LbfgsRun*>(instance);
  run.clock.note(run.f.passes(), fx);
  return gradient_norm <= run.tolerance || run.clock.over() ? 1 : 0;
}

/// Conjugate gradients on H s = −g to a relative residual that falls with ‖g‖ (Nocedal and Wright 2006, algorithm 7.1).
std::vector<double> newton_direction(MeanLoss& f, const std::vector<double>& g, const SolverClock& clock) {
  const double norm = std::sqrt(norm_squared(g));
  const double wanted = norm * std::min(0.1, std::sqrt(norm));
  std::vector<double> s(g.size()), r(g.size()), p(g.size()), hp(g.size());
  for (std::size_t j = 0; j < g.size(); ++j) r[j] = p[j] = -g[j];
  double rr = norm_squared(r);
  for (std::size_t iteration = 0; iteration < 1000 && std::sqrt(rr) > wanted && !clock.over(); ++iteration) {
    f.hessian_times(p, hp);
    const double curvature = dot(p, hp);
    if (!(curvature > 0)) break;
    const double alpha = rr / curvature;
    for (std::size_t j = 0; j < g.size(); ++j) s[j] += alpha * p[j], r[j] -= alpha * hp[j];
    const double next = norm_squared(r);
    for (std::size_t j = 0; j < g.size(); ++j) p[j] = r[j] + next / rr * p[j];
    rr = next;
  }
  if (norm_squared(s) == 0)
    for (std::size_t j = 0; j < g.size(); ++j) s[j] = -g[j];
  return s;
}

}  // namespace

double minimise_smooth(MeanLoss& f, std::vector<double>& w, double tolerance, const SolverClock& clock) {
  LbfgsRun run{f, tolerance, clock};
  lbfgs_parameter_t parameters;
  lbfgs_parameter_init(&parameters);
  parameters.m = kSmoothHistory;
  parameters.epsilon = 0;
  parameters.max_linesearch = 60;
  double value = 0;
  // Whatever made it stop (its own tests, a failed line search), Newton goes on from where it is.
  lbfgs(static_cast<int>(w.size()), w.data(), &value, evaluate, progress, &run, &parameters);

  std::vector<double> g(w.size()), trial(w.size()), trial_g(w.size());
  value = f.gradient(w, g);
  double norm = std::sqrt(norm_squared(g));
  for (int step = 0; step < kMostNewtonSteps && norm > tolerance && !clock.over(); ++step) {
    const std::vector<double> s = newton_direction(f, g, clock);
    const double slope = dot(g, s);
    bool moved = false;
    for (double length = 1; length > 1e-6; length /= 2) {
      for (std::size_t j = 0; j < w.size(); ++j) trial[j] = w[j] + length * s[j];
      const double next = f.gradient(trial, trial_g);
      const double next_norm = std::sqrt(norm_squared(trial_g));
      // Near the end values cannot tell steps apart any more; a smaller gradient does.
      if (next <= value + 1e-4 * length * slope || (next <= value + 1e-14 * std::abs(value) && next_norm < norm)) {
        w.swap(trial), g.swap(trial_g);
        value = next, norm = next_norm, moved = true;
        break;
      }
    }
    clock.note(f.passes(), value);
    if (!moved) break;
  }
  return norm;
}

}  // namespace descent
