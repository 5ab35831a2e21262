#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace descent::solve {

/// A = Q diag(values) Qᵀ.
struct SymmetricEigen {
  std::vector<double> values;   ///< (p,), ascending
  std::vector<double> vectors;  ///< (p, p), one eigenvector after the other: Q by columns; empty where not asked for
};

/// Eigenvalues and eigenvectors of a symmetric matrix (p, p), of which only the lower triangle (by columns) is read.
/// About 9 p³ flops with vectors, 4/3 p³ without. source Golub & Van Loan, Matrix Computations (2013), section 8.3;
/// Eigen's SelfAdjointEigenSolver
SymmetricEigen symmetric_eigen(std::span<const double> matrix, std::size_t p, bool with_vectors);

}  // namespace descent::solve
