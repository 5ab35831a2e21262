#include "solve/duality.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include "descent/core/text.hpp"
#include "solve/curvature.hpp"

namespace descent::solve {
namespace {

constexpr double kReach = 100;  // of ‖w‖: how far off the nearest minimiser may be

double entropy(double p) { return p > 0 ? -p * std::log(p) : 0; }

/// −ℓ*(u) of one column with target t, where v = −t u is the slope along −z; clamps v into the domain.
using ColumnTerm = std::function<double(double& v)>;

ColumnTerm column_term(const core::Arguments& loss) {
  if (loss.name == "logistic" || loss.name == "binary_cross_entropy")
    return [](double& v) { return v = std::clamp(v, 0.0, 1.0), entropy(v) + entropy(1 - v); };
  if (loss.name == "exponential") return [](double& v) { return v = std::max(v, 0.0), v + entropy(v); };
  if (loss.name == "hinge") return [](double& v) { return v = std::clamp(v, 0.0, 1.0); };
  if (loss.name == "squared_hinge") return [](double& v) { return v = std::max(v, 0.0), v - v * v / 4; };
  // Functions of r = s − t: t² = 1, so −ℓ*(u) = −u t − … = v − ….
  if (loss.name == "absolute") return [](double& v) { return v = std::clamp(v, -1.0, 1.0); };
  if (loss.name == "squared") return [](double& v) { return v - v * v / 2; };
  if (loss.name == "huber")
    return [delta = loss.number("delta", 1)](double& v) { return v = std::clamp(v, -delta, delta), v - v * v / 2; };
  return {};
}

/// −ℓ*(u) of one row with label y; clamps u into the domain.
using RowTerm = std::function<double(std::span<double> u, std::size_t y)>;

RowTerm row_term(const loss::Loss& loss) {
  const core::Arguments spec = core::parse_arguments(loss.name());
  if (const ColumnTerm term = column_term(spec))
    return [term](std::span<double> u, std::size_t y) {
      double sum = 0;
      for (std::size_t k = 0; k < u.size(); ++k) {
        const double t = (u.size() == 1 ? y == 1 : k == y) ? 1 : -1;
        double v = -t * u[k];
        sum += term(v);
        u[k] = -t * v;
      }
      return sum;
    };
  if (spec.name == "softmax_cross_entropy")
    return [](std::span<double> u, std::size_t y) {
      double total = 0, sum = 0;
      for (std::size_t k = 0; k < u.size(); ++k) total += u[k] = std::max(u[k] + (k == y ? 1.0 : 0.0), 0.0);
      for (std::size_t k = 0; k < u.size(); ++k) sum += entropy(u[k] /= total), u[k] -= k == y ? 1.0 : 0.0;
      return sum;
    };
  if (spec.name != "multiclass_svm" && spec.name != "multiclass_squared_svm") return {};
  return [margin = spec.number("margin", 1), squared = spec.name == "multiclass_squared_svm"](std::span<double> u,
                                                                                              std::size_t y) {
    double total = 0, sum = 0;
    for (std::size_t k = 0; k < u.size(); ++k) {
      if (k == y) continue;
      u[k] = squared ? std::max(u[k], 0.0) : std::clamp(u[k], 0.0, 1.0);
      total += u[k], sum += margin * u[k] - (squared ? u[k] * u[k] / 4 : 0);
    }
    u[y] = -total;
    return sum;
  };
}

}  // namespace

std::optional<double> fenchel_bound(MeanLoss& f, std::vector<double> slopes, const std::vector<double>& w) {
  const RowTerm term = row_term(f.loss());
  if (!term) return {};
  const data::Dataset& data = f.data();
  const std::size_t n = data.rows(), d = f.features(), columns = f.columns();
  std::vector<double> u(columns), left(f.parameters(), 0.0);
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < columns; ++k) u[k] = slopes[k * n + i];
    sum += term(u, static_cast<std::size_t>(data.labels[i]));
    const float* const x = data.features.row(i);
    for (std::size_t k = 0; k < columns; ++k)
      for (std::size_t j = 0; j < d; ++j) left[k * d + j] += u[k] * static_cast<double>(x[j]);
  }
  const double bound = (sum - kReach * std::sqrt(norm_squared(left) * norm_squared(w))) / static_cast<double>(n);
  return std::isfinite(bound) ? std::optional(bound) : std::nullopt;
}

std::optional<double> newton_bound(MeanLoss& f, const std::vector<double>& w, const SolverClock& clock) {
  std::vector<double> g(f.parameters());
  f.gradient(w, g);
  const auto hessian = dense_hessian(f, w, clock);
  if (!hessian) return {};
  const auto size = static_cast<Eigen::Index>(g.size());
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(
      Eigen::Map<const Eigen::MatrixXd>(hessian->data(), size, size));
  Eigen::VectorXd along = solver.eigenvectors().transpose() * Eigen::Map<const Eigen::VectorXd>(g.data(), size);
  const double most = solver.eigenvalues()(size - 1);
  for (Eigen::Index j = 0; j < size; ++j) {
    const double curvature = solver.eigenvalues()(j);
    along(j) = curvature > 1e-13 * most ? -along(j) / curvature : 0;  // below it the data have no such direction
  }
  std::vector<double> step(g.size());
  Eigen::Map<Eigen::VectorXd>(step.data(), size) = solver.eigenvectors() * along;

  const data::Dataset& data = f.data();
  const std::size_t n = data.rows(), columns = f.columns();
  std::vector<double> slopes(columns * n), moves(columns * n), s(columns), v(columns), u(columns), change(columns);
  f.scores(w, slopes);
  f.scores(step, moves);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < columns; ++k) s[k] = slopes[k * n + i], v[k] = moves[k * n + i];
    f.loss().gradient(s, data.labels[i], u);
    f.loss().hessian_times(s, data.labels[i], v, change);
    for (std::size_t k = 0; k < columns; ++k) slopes[k * n + i] = u[k] + change[k];
  }
  return fenchel_bound(f, std::move(slopes), w);
}

}  // namespace descent::solve
