#include "descent/solve/symmetric_eigen.hpp"

#include <Eigen/Eigenvalues>

namespace descent::solve {

SymmetricEigen symmetric_eigen(std::span<const double> matrix, std::size_t p, bool with_vectors) {
  const auto size = static_cast<Eigen::Index>(p);
  const Eigen::Map<const Eigen::MatrixXd> symmetric(matrix.data(), size, size);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(
      symmetric, with_vectors ? Eigen::ComputeEigenvectors : Eigen::EigenvaluesOnly);
  SymmetricEigen result;
  result.values.assign(solver.eigenvalues().data(), solver.eigenvalues().data() + size);
  if (with_vectors) result.vectors.assign(solver.eigenvectors().data(), solver.eigenvectors().data() + size * size);
  return result;
}

}  // namespace descent::solve
