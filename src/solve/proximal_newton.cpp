#include "solve/proximal_newton.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>

namespace descent::solve {
namespace {

constexpr int kMostProblems = 60, kMostSteps = 40;  // proximal problems; Newton steps in each
constexpr double kShrink = 0.25;                    // factor of the proximal terms' width from one problem to the next
constexpr double kExact = 0.1;                      // error allowed in a problem's minimum, relative to the gap
constexpr double kFlat = 0.05;                      // a line search ends at this share of the first slope
constexpr int kMostTrials = 60;
constexpr int kMostIdle = 6;   // successive problems that do not reduce the gap
constexpr double kUsual = 15;  // expected work, in steps with all variables free

class ProximalNewton {
 public:
  ProximalNewton(const BoxProblem& problem, std::span<const double> alpha, std::span<const double> w)
      : problem_(problem),
        n_(problem.variables),
        d_(static_cast<Eigen::Index>(problem.weights)),
        at_zero_(n_),
        slopes_(n_),
        fall_(n_),
        scale_(n_),
        centre_(alpha.begin(), alpha.end()),
        alpha_(centre_),
        w_(w.begin(), w.end()),
        gradient_(problem.weights),
        matrix_(d_, d_) {
    problem_.slopes(std::vector<double>(problem.weights, 0.0), at_zero_);
    problem_.slopes(w_, slopes_);
    double size = 0;
    for (const double slope : slopes_) size += std::abs(slope);
    soft_ = std::max(size / static_cast<double>(n_), 1e-6) / (problem_.high - problem_.low);
    look();
  }

  double primal() const {
    double sum = 0.5 * problem_.l2 * norm_squared(w_);
    for (const double slope : slopes_) sum += std::max(problem_.low * slope, problem_.high * slope);
    return sum;
  }
  /// Primal value of w minus dual value of α.
  double gap() const { return primal() - dual_; }
  const std::vector<double>& alpha() const { return alpha_; }
  const std::vector<double>& weights() const { return w_; }
  double dual() const { return dual_; }

  /// Minimises (l2/2)‖w‖² + Σ max_α (α s − soft (α − centre)²/2) over w.
  void solve(const SolverClock& clock) {
    for (int step = 0; step < kMostSteps && !clock.over(); ++step) {
      if (norm_squared(gradient_) <= 2 * problem_.l2 * kExact * std::max(gap(), 0.0)) return;
      if (!move()) return;
    }
  }
  void next() {
    centre_ = alpha_;
    soft_ *= kShrink;
    look();
  }

 private:
  double best_alpha(std::size_t t, double slope) const {
    return std::clamp(centre_[t] + slope / soft_, problem_.low, problem_.high);
  }

  /// Computes α, the gradient and the dual value for the slopes at w.
  void look() {
    std::fill(gradient_.begin(), gradient_.end(), 0.0);
    dual_ = 0;
    for (std::size_t t = 0; t < n_; ++t) {
      alpha_[t] = best_alpha(t, slopes_[t]);
      if (alpha_[t] != 0) problem_.add(t, alpha_[t], gradient_);
      dual_ += alpha_[t] * at_zero_[t];
    }
    dual_ -= norm_squared(gradient_) / (2 * problem_.l2);
    for (std::size_t j = 0; j < w_.size(); ++j) gradient_[j] = problem_.l2 * w_[j] - gradient_[j];
  }

  bool move() {
    for (std::size_t t = 0; t < n_; ++t)
      scale_[t] = alpha_[t] > problem_.low && alpha_[t] < problem_.high ? 1 / soft_ : 0;
    matrix_.setZero();
    problem_.add_gram(scale_, {matrix_.data(), static_cast<std::size_t>(matrix_.size())});
    matrix_.diagonal().array() += problem_.l2;
    factored_.compute(matrix_);
    if (factored_.info() != Eigen::Success) return false;
    std::vector<double> way(w_.size());
    Eigen::Map<Eigen::VectorXd>(way.data(), d_) =
        -factored_.solve(Eigen::Map<const Eigen::VectorXd>(gradient_.data(), d_));
    problem_.slopes(way, fall_);
    for (std::size_t t = 0; t < n_; ++t) fall_[t] = at_zero_[t] - fall_[t];
    const double length = search(way);
    if (!(length > 0)) return false;
    for (std::size_t j = 0; j < w_.size(); ++j) w_[j] += length * way[j];
    problem_.slopes(w_, slopes_);
    look();
    return true;
  }

  /// The step length along `way` at which the slope is nearly 0. The slope never decreases, and computing it needs no
  /// pass over the data.
  double search(const std::vector<double>& way) const {
    const double along = problem_.l2 * dot(w_, way), curved = problem_.l2 * norm_squared(way);
    const auto slope_at = [&](double length) {
      double sum = along + length * curved;
      for (std::size_t t = 0; t < n_; ++t) sum -= best_alpha(t, slopes_[t] - length * fall_[t]) * fall_[t];
      return sum;
    };
    double low = 0, low_slope = slope_at(0), high = std::numeric_limits<double>::infinity(), high_slope = 0;
    const double flat = kFlat * std::abs(low_slope);
    if (!(low_slope < 0)) return 0;
    double length = 1;
    for (int trial = 0; trial < kMostTrials; ++trial) {
      const double here = slope_at(length);
      if (!std::isfinite(here)) return 0;
      if (std::abs(here) <= flat) return length;
      (here > 0 ? high : low) = length;
      (here > 0 ? high_slope : low_slope) = here;
      if (!std::isfinite(high)) {
        length *= 4;
        continue;
      }
      // Kinks may lie at any scale: every other trial bisects the logarithm of the bracket, so that both ends keep
      // moving.
      const double width = high - low, zero = low - low_slope * width / (high_slope - low_slope);
      length = trial % 2 == 0 ? std::clamp(zero, low + 0.1 * width, high - 0.1 * width)
                              : (low > 0 ? std::sqrt(low * high) : high / 32);
    }
    return low;
  }

  const BoxProblem& problem_;
  std::size_t n_;
  Eigen::Index d_;
  double soft_ = 1, dual_ = 0;
  std::vector<double> at_zero_, slopes_, fall_, scale_, centre_, alpha_, w_, gradient_;
  Eigen::MatrixXd matrix_;
  Eigen::LLT<Eigen::MatrixXd> factored_;
};

}  // namespace

double proximal_newton_work(const BoxProblem& problem) {
  const auto wide = static_cast<double>(problem.weights);
  return kUsual * (problem.gram_work + wide * wide * wide / 6);
}

bool proximal_newton(const BoxProblem& problem, std::vector<double>& alpha, std::span<double> w, double relative_gap,
                     const SolverClock& clock) {
  std::vector<double> belonging(problem.weights);
  set_weights(problem, alpha, belonging);
  ProximalNewton newton(problem, alpha, belonging);
  double least = std::numeric_limits<double>::infinity(), highest = newton.dual();
  bool done = false;
  for (int k = 0, idle = 0; k < kMostProblems && idle < kMostIdle && !done && !clock.over(); ++k, ++idle) {
    newton.solve(clock);
    const double gap = newton.gap();
    if (newton.dual() > highest) highest = newton.dual(), alpha = newton.alpha();
    if (gap < least) {
      if (gap < 0.9 * least) idle = 0;
      least = gap;
      std::copy(newton.weights().begin(), newton.weights().end(), w.begin());
    }
    done = gap <= relative_gap * newton.primal();
    if (!done) newton.next();
  }
  return done;
}

}  // namespace descent::solve
