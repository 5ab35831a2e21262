#include "solve/dual_part.hpp"

#include "solve/active_set.hpp"
#include "solve/proximal_newton.hpp"

namespace descent::solve {
namespace {

// products of matrices are about this many times as fast per multiply-add, so they may do more work
constexpr double kDenser = 30;

}  // namespace

double finish_box(BoxProblem problem, std::vector<double>& alpha, std::span<double> w, const Finish& how,
                  std::span<double> better_w, const SolverClock& clock) {
  double passes = 0;
  problem.slopes = [&passes, slopes = problem.slopes](std::span<const double> at, std::span<double> out) {
    passes += 1;  // one more, for Σ α a before or after
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
  const auto d = static_cast<double>(data.width());
  return static_cast<double>(data.rows()) * d * (d + 1) / 2;
}

}  // namespace descent::solve
