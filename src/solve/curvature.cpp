#include "solve/curvature.hpp"

#include <Eigen/Core>

#include "descent/solve/symmetric_eigen.hpp"

namespace descent::solve {
namespace {

constexpr std::size_t kMostParameters = 2000;
constexpr double kMostWork = 1e10;  // rows × parameters²: some ten seconds

/// Adds `weight` to the curvature of every direction that shifts all classes alike.
void stiffen_shifts(Eigen::MatrixXd& hessian, Eigen::Index classes, double weight) {
  const Eigen::Index features = hessian.rows() / classes;
  for (Eigen::Index a = 0; a < classes; ++a)
    for (Eigen::Index b = 0; b < classes; ++b)
      for (Eigen::Index j = 0; j < features; ++j)
        hessian(a * features + j, b * features + j) += weight / static_cast<double>(classes);
}

}  // namespace

std::optional<std::vector<double>> dense_hessian(MeanLoss& f, const std::vector<double>& w, const SolverClock& clock) {
  const std::size_t p = f.parameters();
  if (p > kMostParameters || static_cast<double>(f.data().rows()) * static_cast<double>(p * p) > kMostWork) return {};
  std::vector<double> unit(p, 0.0), column(p), hessian(p * p);
  f.gradient(w, column);  // the products below are at these weights
  for (std::size_t j = 0; j < p; ++j) {
    if (clock.over()) return {};
    unit[j] = 1;
    f.hessian_times(unit, column);
    unit[j] = 0;
    for (std::size_t i = 0; i < p; ++i) hessian[i * p + j] += 0.5 * column[i], hessian[j * p + i] += 0.5 * column[i];
  }
  return hessian;
}

std::optional<std::pair<double, double>> extreme_curvature(MeanLoss& f, const std::vector<double>& w,
                                                           const SolverClock& clock) {
  const auto hessian = dense_hessian(f, w, clock);
  if (!hessian) return {};
  const std::vector<double> curvatures = symmetric_eigen(*hessian, f.parameters(), false).values;
  double least = curvatures.front();
  const double most = curvatures.back();
  if (f.loss().traits().family == loss::LossTraits::Family::multiclass) {
    const auto size = static_cast<Eigen::Index>(f.parameters());
    Eigen::MatrixXd stiff = Eigen::Map<const Eigen::MatrixXd>(hessian->data(), size, size);
    stiffen_shifts(stiff, static_cast<Eigen::Index>(f.outputs()), 2 * most);
    least = symmetric_eigen({stiff.data(), hessian->size()}, f.parameters(), false).values.front();
  }
  return std::pair{least, most};
}

}  // namespace descent::solve
