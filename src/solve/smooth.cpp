#include "solve/smooth.hpp"

#include <lbfgs.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "solve/curvature.hpp"

namespace descent::solve {
namespace {

constexpr int kMostNewtonSteps = 60, kMostDenseSteps = 400;
constexpr int kMostIdle = 15;            // steps that neither halve the gradient nor reduce the value
constexpr std::size_t kMostDense = 512;  // parameters; the dense Hessian costs about one pass per parameter
// iterations of conjugate gradients, and of those without a preconditioner
constexpr int kMostIterations = 1000, kPatience = 50;
constexpr int kMostSteps = 300;  // L-BFGS steps, if a preconditioner can take over afterwards

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

/// (q XᵀX/n + l2)⁻¹ for each output of the weights, from a sample of the rows. This approximates the inverse Hessian of
/// any loss of scores; it ignores that curvature differs between rows. q is the mean curvature along some direction.
class Preconditioner {
 public:
  Preconditioner(MeanLoss& f, std::span<const double> direction) : features_(f.features()) {
    const auto d = static_cast<Eigen::Index>(features_);
    const std::size_t n = f.data().rows(), wanted = std::min(n, std::max<std::size_t>(4096, 8 * features_));
    std::vector<double> scale_of_row(n, 0.0);
    for (std::size_t k = 0; k < wanted; ++k) scale_of_row[k * n / wanted] = 1 / static_cast<double>(wanted);
    Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(d, d);
    f.products().add_gram(scale_of_row.data(), gram.data());
    std::vector<double> product(direction.size());
    f.hessian_times(direction, product);
    const double whole = dot(direction, product) - f.l2() * norm_squared(direction);
    double through_rows = 0;
    for (std::size_t k = 0; k < direction.size(); k += features_) {
      const Eigen::Map<const Eigen::VectorXd> output(direction.data() + k, d);
      through_rows += output.dot(gram.selfadjointView<Eigen::Lower>() * output);
    }
    const double scale = whole > 0 && through_rows > 0 ? whole / through_rows : 1;
    const double ridge = std::max(f.l2(), 1e-12 * scale * gram.trace());
    gram *= scale;
    gram.diagonal().array() += ridge;
    factor_.compute(gram);
  }
  bool good() const { return factor_.info() == Eigen::Success; }

  void apply(std::span<const double> in, std::span<double> out) const {
    const auto d = static_cast<Eigen::Index>(features_), outputs = static_cast<Eigen::Index>(in.size() / features_);
    Eigen::Map<Eigen::MatrixXd>(out.data(), d, outputs) =
        factor_.solve(Eigen::Map<const Eigen::MatrixXd>(in.data(), d, outputs));
  }

 private:
  std::size_t features_;
  Eigen::LLT<Eigen::MatrixXd> factor_;
};

/// Conjugate gradients on H s = −g to a relative residual that falls with ‖g‖ (Nocedal and Wright 2006, algorithm 7.1),
/// in at most `most` iterations; `taken` receives their number.
std::vector<double> newton_direction(MeanLoss& f, const std::vector<double>& g, const Preconditioner* preconditioner,
                                     int most, const SolverClock& clock, int& taken) {
  const double norm = std::sqrt(norm_squared(g));
  const double wanted = norm * std::min(0.1, std::sqrt(norm));
  std::vector<double> s(g.size()), r(g.size()), z(g.size()), p(g.size()), hp(g.size());
  const auto precondition = [&] { preconditioner != nullptr ? preconditioner->apply(r, z) : void(z = r); };
  for (std::size_t j = 0; j < g.size(); ++j) r[j] = -g[j];
  precondition();
  p = z;
  double rz = dot(r, z);
  for (taken = 0; taken < most && std::sqrt(norm_squared(r)) > wanted && !clock.over(); ++taken) {
    f.hessian_times(p, hp);
    const double curvature = dot(p, hp);
    if (!(curvature > 0)) break;
    const double alpha = rz / curvature;
    for (std::size_t j = 0; j < g.size(); ++j) s[j] += alpha * p[j], r[j] -= alpha * hp[j];
    precondition();
    const double next = dot(r, z);
    for (std::size_t j = 0; j < g.size(); ++j) p[j] = z[j] + next / rz * p[j];
    rz = next;
  }
  if (norm_squared(s) == 0)
    for (std::size_t j = 0; j < g.size(); ++j) s[j] = -g[j];
  return s;
}

/// The solution of H s = −g by factorising the whole Hessian; empty if that is too much work, or rounding has made it
/// indefinite.
std::optional<std::vector<double>> dense_direction(MeanLoss& f, const std::vector<double>& w,
                                                   const std::vector<double>& g, const SolverClock& clock) {
  auto found = dense_hessian(f, w, clock);
  if (!found) return std::nullopt;
  const auto size = static_cast<Eigen::Index>(g.size());
  Eigen::Map<Eigen::MatrixXd> hessian(found->data(), size, size);
  // Without a regulariser, linearly dependent features leave directions without curvature.
  hessian.diagonal().array() += 1e-13 * hessian.trace() / static_cast<double>(size);
  const Eigen::LDLT<Eigen::MatrixXd> factor(hessian);
  if (factor.info() != Eigen::Success || !factor.isPositive()) return std::nullopt;
  std::vector<double> s(g.size());
  Eigen::Map<Eigen::VectorXd> step(s.data(), size);
  step = -factor.solve(Eigen::Map<const Eigen::VectorXd>(g.data(), size));
  if (!step.allFinite() || !(dot(g, s) < 0)) return std::nullopt;
  return s;
}

/// Weights, their value and gradient.
struct Point {
  std::vector<double> w, g;
  double value = 0, norm = 0;
};

/// Moves along s until the slope is at most a third of the first one, by bracketing and regula falsi. Halving the step
/// would not do: the gradient may have kinks, and with a weak regulariser a Newton step goes far past them, so that
/// halving ends far from the least value along s. Returns false if no step is an improvement.
bool search_line(MeanLoss& f, Point& at, const std::vector<double>& s) {
  constexpr double kFlat = 0.3, kKeepOff = 0.02, kLongest = 1e12, kShortest = 1e-18;
  constexpr int kMostTrials = 60;
  const double slope = dot(at.g, s);
  double low = 0, low_slope = slope, high = std::numeric_limits<double>::infinity(), high_slope = 0;
  double length = 1, best_length = 0;
  Point trial{at.w, at.g};
  double best_value = at.value;
  for (int k = 0; k < kMostTrials && length < kLongest && length > kShortest; ++k) {
    for (std::size_t j = 0; j < s.size(); ++j) trial.w[j] = at.w[j] + length * s[j];
    trial.value = f.gradient(trial.w, trial.g);
    trial.norm = std::sqrt(norm_squared(trial.g));
    const double here = dot(trial.g, s);
    // Near the end values no longer distinguish steps; then a smaller gradient decides.
    const bool better = trial.value <= at.value + 1e-4 * length * slope ||
                        (trial.value <= at.value + 1e-14 * std::abs(at.value) && trial.norm < at.norm);
    if (better && std::abs(here) <= kFlat * std::abs(slope)) {
      std::swap(at, trial);
      return true;
    }
    if (better && (best_length == 0 || trial.value < best_value)) best_length = length, best_value = trial.value;
    const bool beyond = !std::isfinite(trial.value) || !std::isfinite(here) || here > 0 || !better;
    (beyond ? high : low) = length;
    (beyond ? high_slope : low_slope) = std::isfinite(here) ? here : 0;
    if (!std::isfinite(high)) {
      length *= 2;
      continue;
    }
    const double width = high - low;
    if (!(width > 1e-12 * high)) break;
    const double zero = high_slope > 0 ? low - low_slope * width / (high_slope - low_slope) : low + 0.1 * width;
    length = std::clamp(zero, low + kKeepOff * width, high - kKeepOff * width);
  }
  if (best_length == 0) return false;
  for (std::size_t j = 0; j < s.size(); ++j) at.w[j] += best_length * s[j];
  at.value = f.gradient(at.w, at.g);
  at.norm = std::sqrt(norm_squared(at.g));
  return true;
}

}  // namespace

double minimise_smooth(MeanLoss& f, std::vector<double>& w, double tolerance, const SolverClock& clock) {
  LbfgsRun run{f, tolerance, clock};
  lbfgs_parameter_t parameters;
  lbfgs_parameter_init(&parameters);
  parameters.m = kSmoothHistory;
  parameters.epsilon = 0;
  parameters.max_linesearch = 60;
  const bool can_factor = f.features() <= kMostFactored;
  if (can_factor) parameters.max_iterations = kMostSteps;
  double value = 0;
  // Whatever stopped L-BFGS (its own tests, a failed line search), Newton's method continues from its last weights.
  lbfgs(static_cast<int>(w.size()), w.data(), &value, evaluate, progress, &run, &parameters);

  Point at{w, std::vector<double>(w.size())};
  at.value = f.gradient(at.w, at.g);
  at.norm = std::sqrt(norm_squared(at.g));
  std::optional<Preconditioner> preconditioner;
  const bool can_be_dense = w.size() <= kMostDense;
  bool slow = false;
  Point seen{{}, {}, at.value, at.norm};  // the state after the last step that made much progress
  int idle = 0;
  for (int step = 0; step < (can_be_dense ? kMostDenseSteps : kMostNewtonSteps) && at.norm > tolerance && !clock.over();
       ++step) {
    std::optional<std::vector<double>> s;
    if (slow && can_be_dense) s = dense_direction(f, at.w, at.g, clock);
    if (!s) {
      if (slow && can_factor && !preconditioner) preconditioner.emplace(f, at.g);
      const Preconditioner* const in_use = preconditioner && preconditioner->good() ? &*preconditioner : nullptr;
      const int most = can_factor && !preconditioner ? kPatience : kMostIterations;
      int iterations = 0;
      s = newton_direction(f, at.g, in_use, most, clock, iterations);
      slow = slow || iterations >= kPatience;
    }
    const bool moved = search_line(f, at, *s);
    clock.note(f.passes(), at.value);
    if (at.norm < 0.5 * seen.norm || at.value < seen.value - 1e-9 * std::abs(seen.value))
      seen.norm = at.norm, seen.value = at.value, idle = 0;
    if (++idle > kMostIdle) break;
    if (moved) continue;
    if (slow || !can_be_dense) break;
    slow = true;
    at.value = f.gradient(at.w, at.g);  // hessian_times() uses the weights of the last gradient()
  }
  w = std::move(at.w);
  return at.norm;
}

}  // namespace descent::solve
