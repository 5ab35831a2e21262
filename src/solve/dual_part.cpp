#include "solve/dual_part.hpp"

#include "solve/active_set.hpp"
#include "solve/proximal_newton.hpp"

namespace descent::solve {
namespace {

// Compiled for wider vectors too and picked at run time: the sums keep their eight lanes and no multiply-add is fused,
// so the bits are the same. Sanitizers cannot start a program whose functions are picked that early.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define DESCENT_WIDER __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define DESCENT_WIDER
#endif

constexpr double kDenser = 30;  // times as much work may be products of matrices: they are that much faster

}  // namespace

DESCENT_WIDER double dot_row(const float* x, const double* w, std::size_t d) noexcept {
  double lanes[8] = {};
  std::size_t j = 0;
  for (; j + 8 <= d; j += 8)
    for (std::size_t lane = 0; lane < 8; ++lane) lanes[lane] += static_cast<double>(x[j + lane]) * w[j + lane];
  for (; j < d; ++j) lanes[0] += static_cast<double>(x[j]) * w[j];
  return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

DESCENT_WIDER void add_row(double a, const float* x, double* w, std::size_t d) noexcept {
  for (std::size_t j = 0; j < d; ++j) w[j] += a * x[j];
}

double finish_box(BoxProblem problem, std::vector<double>& alpha, std::span<double> w, const Finish& how,
                  std::span<double> better_w, const SolverClock& clock) {
  double passes = 0;
  problem.slopes = [&passes, slopes = problem.slopes](std::span<const double> at, std::span<double> out) {
    passes += 1;  // with Σ α a, which goes before or after
    slopes(at, out);
  };
  problem.add_gram = [&passes, add_gram = problem.add_gram](std::span<const double> scale, std::span<double> out) {
    passes += 1;
    add_gram(scale, out);
  };
  const bool done = active_set(problem, alpha, w, how.most_work, clock);
  std::copy(w.begin(), w.end(), better_w.begin());
  if (done || problem.weights > kMostFactored || proximal_newton_work(problem) > kDenser * how.most_work) return passes;
  proximal_newton(problem, alpha, better_w.first(problem.weights), how.relative_gap, clock);
  set_weights(problem, alpha, w);
  return passes;
}

double gram_work(const data::Dataset& data) {
  const auto d = static_cast<double>(data.columns());
  return static_cast<double>(data.rows()) * d * (d + 1) / 2;
}

}  // namespace descent::solve
