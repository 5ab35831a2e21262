#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "descent/engine/objective.hpp"

namespace descent::train {

/// The ends of the spectrum of ∇²f at some weights, as a Krylov space holds them.
struct Curvature {
  double least = 0, most = 0;     ///< Ritz values: never beyond the true ends but for the differences' error
  double least_residual = 0;      ///< ‖Hv − least v‖ of the direction, a bound on the distance to an eigenvalue
  int products = 0;               ///< Hessian-vector products that it took
  std::vector<double> direction;  ///< (parameters,), unit: where f bends down most, or up least
};

/// By Lanczos with full reorthogonalisation from a fixed random start, until the least value's residual is 1 % of the
/// larger end or `most_products` are taken. A Hessian-vector product is a central difference of gradients over `rows`
/// (all when empty), sorted, which have to be of one order of magnitude with the weights' own rounding: good to about
/// three digits. w (parameters,). The same for any team of an objective whose gradients are. Nothing where cancelled.
/// source  Golub, Van Loan, Matrix Computations (4th ed., 2013), section 10.1; Pearlmutter, Fast Exact Multiplication
/// by
///         the Hessian, 1994, for products by differences and without
std::optional<Curvature> curvature_at(engine::Objective& objective, std::span<const float> w,
                                      std::span<const std::uint32_t> rows, int most_products = 40,
                                      const std::atomic<bool>* cancel = nullptr);

/// E(v · (g_i − ḡ))² over `rows`, each gradient by itself: the variance of one row's gradient along a unit direction
/// (parameters,).
/// source  Daneshmand, Kohler, Lucchi, Hofmann, Escaping Saddles with Stochastic Gradients, ICML 2018
double noise_along(engine::Objective& objective, std::span<const float> w, std::span<const std::uint32_t> rows,
                   std::span<const double> direction);

}  // namespace descent::train
