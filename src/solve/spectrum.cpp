#include "descent/solve/spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "descent/core/random.hpp"
#include "descent/engine/row_products.hpp"
#include "descent/solve/vectors.hpp"

namespace descent::solve {
namespace {

/// A symmetric tridiagonal matrix: diagonal a, off-diagonal b.
struct Tridiagonal {
  std::vector<double> a, b;

  /// Whether all eigenvalues are below x: the pivots of T - x I are all negative then.
  bool all_below(double x) const noexcept {
    double pivot = a[0] - x;
    for (std::size_t k = 1; pivot < 0 && k < a.size(); ++k) pivot = a[k] - x - b[k - 1] * b[k - 1] / pivot;
    return pivot < 0;
  }

  double largest_eigenvalue() const noexcept {
    double low = *std::max_element(a.begin(), a.end()), high = low;
    for (std::size_t k = 0; k < a.size(); ++k)
      high = std::max(high, a[k] + (k > 0 ? std::abs(b[k - 1]) : 0) + (k + 1 < a.size() ? std::abs(b[k]) : 0));
    for (int halving = 0; halving < 200; ++halving) {
      const double middle = low + (high - low) / 2;
      if (middle <= low || middle >= high) break;
      (all_below(middle) ? high : low) = middle;
    }
    return high;
  }

  /// |last component| / norm of the eigenvector of `value`.
  double last_component(double value) const noexcept {
    double before = 0, now = 1, squares = 1;
    for (std::size_t k = 0; k + 1 < a.size(); ++k) {
      const double next = ((value - a[k]) * now - (k > 0 ? b[k - 1] * before : 0)) / b[k];
      before = now;
      now = next;
      squares += now * now;
      if (squares > 1e200) {  // only ratios count
        before *= 1e-100;
        now *= 1e-100;
        squares *= 1e-200;
      }
    }
    return std::abs(now) / std::sqrt(squares);
  }
};

}  // namespace

LargestEigenvalue largest_eigenvalue(const data::Dataset& data, double tolerance) {
  const auto products = engine::make_row_products(data.features);
  const std::size_t d = data.width(), padded = products->padded_width();
  LargestEigenvalue result;
  std::vector<std::vector<double>> basis(1, std::vector<double>(padded));
  core::CounterRandom random(0, core::Purpose::vector);
  for (std::size_t j = 0; j < d; ++j) basis[0][j] = random.next_normal();
  const double norm = std::sqrt(dot_in_order(basis[0], basis[0]));
  for (double& value : basis[0]) value /= norm;
  Tridiagonal t;
  std::vector<double> w(padded);
  constexpr std::size_t most_products = 1000;
  for (;;) {
    products->gram_times(basis.back().data(), w.data());
    for (double& value : w) value /= static_cast<double>(data.rows());
    ++result.products;
    t.a.push_back(dot_in_order(basis.back(), w));
    for (int twice = 0; twice < 2; ++twice)  // once loses orthogonality, twice is enough (Parlett)
      for (const std::vector<double>& v : basis) add_scaled(w, -dot_in_order(v, w), v);
    const double next_norm = std::sqrt(dot_in_order(w, w));
    result.value = t.largest_eigenvalue();
    result.relative_residual = result.value > 0 ? next_norm * t.last_component(result.value) / result.value : 0;
    // After d products, or when the next vector is only rounding, the basis spans the whole space that the start can
    // reach.
    const bool exhausted = basis.size() == d || next_norm <= 1e-14 * result.value;
    if (exhausted || result.relative_residual <= tolerance || result.products == most_products) return result;
    t.b.push_back(next_norm);
    for (double& value : w) value /= next_norm;
    basis.push_back(w);
  }
}

double max_row_norm_squared(const data::Dataset& data) {
  double largest = 0;
  std::vector<float> row(data.width());
  for (std::size_t i = 0; i < data.rows(); ++i) {
    double squares = 0;
    data.features.storage().read(i, row.data());
    for (const float value : row) squares += static_cast<double>(value) * value;
    largest = std::max(largest, squares);
  }
  return largest;
}

}  // namespace descent::solve
