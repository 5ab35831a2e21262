#include "descent/solve/spectrum.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "descent/core/random.hpp"

namespace descent::solve {
namespace {

// Eight lanes written out, so that every compiler adds in this order, whatever its vectors are.
using Floats = float __attribute__((vector_size(32)));
using Doubles = double __attribute__((vector_size(64)));
constexpr std::size_t kLanes = 8;

// By reference: returned vectors would make the calling convention depend on the processor.
inline void load(const float* from, Doubles& to) noexcept {
  Floats values;
  std::memcpy(&values, from, sizeof values);
  to = __builtin_convertvector(values, Doubles);
}

inline void load(const double* from, Doubles& to) noexcept { std::memcpy(&to, from, sizeof to); }

double lane_sum(const Doubles& a) noexcept { return ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7])); }

/// out = XᵀXv/n, one pass. v and out are as long as a padded row: rows are padded with zeros.
void multiply_gram(const core::Matrix<float>& x, const std::vector<double>& v, std::vector<double>& out) noexcept {
  const std::size_t columns = x.stride();
  std::fill(out.begin(), out.end(), 0.0);
  for (std::size_t i = 0; i < x.rows(); ++i) {
    const float* row = x.row(i);
    Doubles first{}, second{}, features, others;
    for (std::size_t j = 0; j < columns; j += 2 * kLanes) {
      load(row + j, features);
      load(&v[j], others);
      first += features * others;
      load(row + j + kLanes, features);
      load(&v[j + kLanes], others);
      second += features * others;
    }
    first += second;
    const double score = lane_sum(first);
    for (std::size_t j = 0; j < columns; j += kLanes) {
      load(row + j, features);
      load(&out[j], others);
      others += features * score;
      std::memcpy(&out[j], &others, sizeof others);
    }
  }
  for (double& value : out) value /= static_cast<double>(x.rows());
}

double dot(const std::vector<double>& a, const std::vector<double>& b) noexcept {
  double sum = 0;
  for (std::size_t j = 0; j < a.size(); ++j) sum += a[j] * b[j];
  return sum;
}

void add_scaled(std::vector<double>& to, double factor, const std::vector<double>& from) noexcept {
  for (std::size_t j = 0; j < to.size(); ++j) to[j] += factor * from[j];
}

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
  const core::Matrix<float>& x = data.features;
  const std::size_t d = x.cols(), padded = x.stride();
  LargestEigenvalue result;
  std::vector<std::vector<double>> basis(1, std::vector<double>(padded));
  core::CounterRandom random(0, core::Purpose::vector);
  for (std::size_t j = 0; j < d; ++j) basis[0][j] = random.next_normal();
  const double norm = std::sqrt(dot(basis[0], basis[0]));
  for (double& value : basis[0]) value /= norm;
  Tridiagonal t;
  std::vector<double> w(padded);
  constexpr std::size_t most_products = 1000;
  for (;;) {
    multiply_gram(x, basis.back(), w);
    ++result.products;
    t.a.push_back(dot(basis.back(), w));
    for (int twice = 0; twice < 2; ++twice)  // once loses orthogonality, twice is enough (Parlett)
      for (const std::vector<double>& v : basis) add_scaled(w, -dot(v, w), v);
    const double next_norm = std::sqrt(dot(w, w));
    result.value = t.largest_eigenvalue();
    result.relative_residual = result.value > 0 ? next_norm * t.last_component(result.value) / result.value : 0;
    // Beyond d products, or when what is left is rounding, the basis holds the whole space that the start can reach.
    const bool exhausted = basis.size() == d || next_norm <= 1e-14 * result.value;
    if (exhausted || result.relative_residual <= tolerance || result.products == most_products) return result;
    t.b.push_back(next_norm);
    for (double& value : w) value /= next_norm;
    basis.push_back(w);
  }
}

double max_row_norm_squared(const data::Dataset& data) noexcept {
  double largest = 0;
  for (std::size_t i = 0; i < data.rows(); ++i) {
    double squares = 0;
    for (const float value : data.features.view().row_span(i)) squares += static_cast<double>(value) * value;
    largest = std::max(largest, squares);
  }
  return largest;
}

}  // namespace descent::solve
