#pragma once

#include <cstddef>

#include "descent/loss/loss.hpp"

namespace descent::train {

/// What the theoretical learning rate needs to know about the data.
struct DataConstants {
  std::size_t n = 0;
  double lambda1 = 0;  ///< largest eigenvalue of XᵀX/N
  double max_row_norm_squared = 0;
  int outputs = 1;
  double f0 = 0;  ///< f at the starting weights
};

/// L of f: smoothness of the loss (of its smooth partner where it has kinks) plus l2. Methodology §4 and §10.
double smoothness_constant(const loss::LossTraits& traits, const DataConstants& data, double l2);
/// α_ref = 1/(2𝓛_B), 𝓛_B = [N(B−1)/(B(N−1))] L + c_B max_i L_i, c_B = (N−B)/(B(N−1)) (Gower et al. 2019); λ₁ is
/// multiplied by 1.01, since it may be slightly too small.
double reference_rate(const loss::LossTraits& traits, const DataConstants& data, double l2, std::size_t batch);

}  // namespace descent::train
