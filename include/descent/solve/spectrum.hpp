#pragma once

#include <cstddef>

#include "descent/data/dataset.hpp"

namespace descent::solve {

/// The largest eigenvalue of XᵀX/n, X (n, d) the features with their bias column.
struct LargestEigenvalue {
  double value = 0;              ///< a Ritz value: never above the true one but for rounding
  double relative_residual = 0;  ///< |XᵀXv/n - value v| / (value |v|): bounds the relative error
  std::size_t products = 0;      ///< passes over the data
};

/// Lanczos in double precision with full reorthogonalisation, from a fixed start, to a relative residual of
/// `tolerance`; the error of the value is of the order of tolerance². The same bits on every machine. One thread.
/// source  Golub, Van Loan, Matrix Computations (4th ed., 2013), section 10.1
LargestEigenvalue largest_eigenvalue(const data::Dataset& data, double tolerance = 1e-6);

/// The largest squared Euclidean norm of a row, with its bias.
double max_row_norm_squared(const data::Dataset& data);

}  // namespace descent::solve
