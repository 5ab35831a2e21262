#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "descent/engine/objective.hpp"

namespace descent::train {

/// The smallest and largest eigenvalue of ∇²f at some weights, approximated in a Krylov space.
struct Curvature {
  double least = 0, most = 0;  ///< Ritz values: within the true spectrum, except for the error of the differences
  double least_residual = 0;  ///< ‖Hv − least v‖ for v = direction: bounds the distance of `least` to an eigenvalue
  int products = 0;           ///< Hessian-vector products that it took
  std::vector<double> direction;  ///< (parameters,), unit: the direction of the smallest curvature of f
};

/// By Lanczos with full reorthogonalisation from a fixed random start, until the least value's residual is 1 % of the
/// larger end or `most_products` are taken. A Hessian-vector product is a central difference of gradients over `rows`
/// (sorted; all when empty), accurate to about three digits because of the weights' rounding. w (parameters,). If the
/// objective's gradients are the same for any team, so is the result. Empty if cancelled.
/// source  Golub, Van Loan, Matrix Computations (4th ed., 2013), section 10.1; Pearlmutter, Fast Exact Multiplication
/// by
///         the Hessian, 1994, for products by differences and without
std::optional<Curvature> curvature_at(engine::Objective& objective, std::span<const float> w,
                                      std::span<const std::uint32_t> rows, int most_products = 40,
                                      const std::atomic<bool>* cancel = nullptr);

/// E(v · (g_i − ḡ))² over `rows`, computed from each row's gradient: the variance of one row's gradient along the unit
/// vector v = `direction` (parameters,).
/// source  Daneshmand, Kohler, Lucchi, Hofmann, Escaping Saddles with Stochastic Gradients, ICML 2018
double noise_along(engine::Objective& objective, std::span<const float> w, std::span<const std::uint32_t> rows,
                   std::span<const double> direction);

}  // namespace descent::train
