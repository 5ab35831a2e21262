#include "train/solve/smooth.hpp"

#include <lbfgs.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <optional>

namespace descent {
namespace {

constexpr int kMostNewtonSteps = 60;
constexpr int kMostIterations = 1000, kPatience = 50;  // of conjugate gradients; of those without a preconditioner
constexpr int kMostSteps = 300;                        // of L-BFGS, where a preconditioner can take over

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

/// (q XᵀX/n + l2)⁻¹ for each column of the weights, from some of the rows: near the inverse of the Hessian of any loss
/// of scores, up to how its curvature differs between rows. q is the mean curvature along some direction.
class Preconditioner {
 public:
  Preconditioner(MeanLoss& f, std::span<const double> direction) : features_(f.features()) {
    const auto d = static_cast<Eigen::Index>(features_);
    const std::size_t n = f.data().rows(), wanted = std::min(n, std::max<std::size_t>(4096, 8 * features_));
    constexpr std::size_t kBlock = 256;
    Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(d, d), block(d, static_cast<Eigen::Index>(kBlock));
    for (std::size_t first = 0; first < wanted; first += kBlock) {
      const std::size_t rows = std::min(kBlock, wanted - first);
      for (std::size_t r = 0; r < rows; ++r)
        block.col(static_cast<Eigen::Index>(r)) =
            Eigen::Map<const Eigen::VectorXf>(f.data().features.row((first + r) * n / wanted), d).cast<double>();
      gram.selfadjointView<Eigen::Lower>().rankUpdate(block.leftCols(static_cast<Eigen::Index>(rows)),
                                                      1 / static_cast<double>(wanted));
    }
    std::vector<double> product(direction.size());
    f.hessian_times(direction, product);
    const double whole = dot(direction, product) - f.l2() * norm_squared(direction);
    double through_rows = 0;
    for (std::size_t k = 0; k < direction.size(); k += features_) {
      const Eigen::Map<const Eigen::VectorXd> column(direction.data() + k, d);
      through_rows += column.dot(gram.selfadjointView<Eigen::Lower>() * column);
    }
    const double scale = whole > 0 && through_rows > 0 ? whole / through_rows : 1;
    const double ridge = std::max(f.l2(), 1e-12 * scale * gram.trace());
    gram *= scale;
    gram.diagonal().array() += ridge;
    factor_.compute(gram);
  }
  bool good() const { return factor_.info() == Eigen::Success; }

  void apply(std::span<const double> in, std::span<double> out) const {
    const auto d = static_cast<Eigen::Index>(features_), columns = static_cast<Eigen::Index>(in.size() / features_);
    Eigen::Map<Eigen::MatrixXd>(out.data(), d, columns) =
        factor_.solve(Eigen::Map<const Eigen::MatrixXd>(in.data(), d, columns));
  }

 private:
  std::size_t features_;
  Eigen::LLT<Eigen::MatrixXd> factor_;
};

/// Conjugate gradients on H s = −g to a relative residual that falls with ‖g‖ (Nocedal and Wright 2006, algorithm 7.1),
/// in `most` iterations, which `taken` receives.
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
  // Whatever made it stop (its own tests, a failed line search), Newton goes on from where it is.
  lbfgs(static_cast<int>(w.size()), w.data(), &value, evaluate, progress, &run, &parameters);

  std::vector<double> g(w.size()), trial(w.size()), trial_g(w.size());
  value = f.gradient(w, g);
  double norm = std::sqrt(norm_squared(g));
  std::optional<Preconditioner> preconditioner;
  bool slow = false;
  for (int step = 0; step < kMostNewtonSteps && norm > tolerance && !clock.over(); ++step) {
    if (slow && can_factor && !preconditioner) preconditioner.emplace(f, g);
    const Preconditioner* const in_use = preconditioner && preconditioner->good() ? &*preconditioner : nullptr;
    const int most = can_factor && !preconditioner ? kPatience : kMostIterations;
    int iterations = 0;
    const std::vector<double> s = newton_direction(f, g, in_use, most, clock, iterations);
    slow = slow || iterations >= kPatience;
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
