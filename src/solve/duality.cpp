#include "solve/duality.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "descent/solve/symmetric_eigen.hpp"
#include "solve/curvature.hpp"

namespace descent::solve {
namespace {

constexpr double kReach = 100;  // times ‖w‖: the assumed bound on the length of the nearest minimiser

}  // namespace

std::optional<double> fenchel_bound(MeanLoss& f, std::vector<double> slopes, const std::vector<double>& w) {
  const data::Dataset& data = f.data();
  const std::size_t n = data.rows(), d = f.features(), outputs = f.outputs();
  std::vector<double> u(outputs), left(f.parameters(), 0.0);
  std::vector<float> x(d);
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < outputs; ++k) u[k] = slopes[k * n + i];
    const std::optional<double> conjugate = f.loss().conjugate(u, data.labels[i]);
    if (!conjugate) return {};
    sum -= *conjugate;
    data.features.storage().read(i, x.data());
    for (std::size_t k = 0; k < outputs; ++k)
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
  const SymmetricEigen eigen = symmetric_eigen(*hessian, g.size(), true);
  const Eigen::Map<const Eigen::MatrixXd> directions(eigen.vectors.data(), size, size);
  Eigen::VectorXd along = directions.transpose() * Eigen::Map<const Eigen::VectorXd>(g.data(), size);
  const double most = eigen.values.back();
  for (Eigen::Index j = 0; j < size; ++j) {
    const double curvature = eigen.values[static_cast<std::size_t>(j)];
    // smaller curvature is rounding: the data do not reach this direction
    along(j) = curvature > 1e-13 * most ? -along(j) / curvature : 0;
  }
  std::vector<double> step(g.size());
  Eigen::Map<Eigen::VectorXd>(step.data(), size) = directions * along;

  const data::Dataset& data = f.data();
  const std::size_t n = data.rows(), outputs = f.outputs();
  std::vector<double> slopes(outputs * n), moves(outputs * n), s(outputs), v(outputs), u(outputs), change(outputs);
  f.scores(w, slopes);
  f.scores(step, moves);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < outputs; ++k) s[k] = slopes[k * n + i], v[k] = moves[k * n + i];
    f.loss().gradient(s, data.labels[i], u);
    f.loss().hessian_times(s, data.labels[i], v, change);
    for (std::size_t k = 0; k < outputs; ++k) slopes[k * n + i] = u[k] + change[k];
  }
  return fenchel_bound(f, std::move(slopes), w);
}

}  // namespace descent::solve
