#include <Eigen/Core>
#include <cmath>

#include "descent/solve/symmetric_eigen.hpp"
#include "descent/train/moments.hpp"

namespace descent::train {
namespace {
constexpr double kFlat = 1e-12;  // eigenvalues smaller than this, relative to the largest, count as zero
}

StationaryNoise::StationaryNoise(std::span<const double> hessian, std::span<const double> covariance, std::size_t p)
    : variances_(p) {
  const auto size = static_cast<Eigen::Index>(p);
  const solve::SymmetricEigen eigen = solve::symmetric_eigen(hessian, p, true);
  const Eigen::Map<const Eigen::MatrixXd> q(eigen.vectors.data(), size, size), sigma(covariance.data(), size, size);
  const Eigen::VectorXd along = (q.transpose() * sigma * q).diagonal();
  eigenvalues_ = eigen.values;
  for (Eigen::Index k = 0; k < size; ++k) variances_[static_cast<std::size_t>(k)] = along[k];
}

std::optional<double> StationaryNoise::floor(double rate, double variance_factor) const {
  double sum = 0;
  const double largest = std::abs(eigenvalues_.empty() ? 0.0 : eigenvalues_.back());
  for (std::size_t k = 0; k < eigenvalues_.size(); ++k) {
    const double damping = 2 - rate * eigenvalues_[k];
    if (!(damping > 0) || eigenvalues_[k] < -kFlat * largest) return std::nullopt;
    sum += variances_[k] / damping;
  }
  return 0.5 * rate * variance_factor * sum;
}

}  // namespace descent::train
