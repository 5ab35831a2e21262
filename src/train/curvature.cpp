#include "descent/train/curvature.hpp"

#include <cmath>

#include "descent/core/random.hpp"
#include "descent/solve/symmetric_eigen.hpp"
#include "descent/solve/vectors.hpp"

namespace descent::train {
namespace {

// of the weights' length: far above their rounding, far below the scale on which f's curvature changes
constexpr double kStep = 2e-3;
// products; a small residual shows that there is an eigenvalue, not that it is the least one
constexpr std::size_t kFewest = 10;
constexpr double kTolerance = 0.01;  // of the larger end of the spectrum

/// Computes H v by differences of gradients.
class Products {
 public:
  Products(engine::Objective& objective, std::span<const float> w, std::span<const std::uint32_t> rows)
      : objective_(objective), w_(w), rows_(rows), moved_(w.size()), up_(w.size()), down_(w.size()) {
    double squares = 0;
    for (const float weight : w) squares += static_cast<double>(weight) * weight;
    step_ = kStep * std::max(1.0, std::sqrt(squares));
  }

  void times(const std::vector<double>& v, std::vector<double>& out) {
    gradient(v, step_, up_);
    gradient(v, -step_, down_);
    for (std::size_t j = 0; j < out.size(); ++j) out[j] = (static_cast<double>(up_[j]) - down_[j]) / (2 * step_);
  }

 private:
  void gradient(const std::vector<double>& v, double by, std::vector<float>& out) {
    for (std::size_t j = 0; j < v.size(); ++j) moved_[j] = static_cast<float>(w_[j] + by * v[j]);
    objective_.gradient(moved_, rows_, out);
  }

  engine::Objective& objective_;
  std::span<const float> w_;
  std::span<const std::uint32_t> rows_;
  std::vector<float> moved_, up_, down_;
  double step_ = 0;
};

/// The tridiagonal matrix with diagonal a and off-diagonal b as a dense one (lower triangle, by columns).
std::vector<double> dense(const std::vector<double>& a, const std::vector<double>& b) {
  const std::size_t k = a.size();
  std::vector<double> matrix(k * k);
  for (std::size_t i = 0; i < k; ++i) {
    matrix[i * k + i] = a[i];
    if (i + 1 < k) matrix[i * k + i + 1] = matrix[(i + 1) * k + i] = b[i];
  }
  return matrix;
}

}  // namespace

std::optional<Curvature> curvature_at(engine::Objective& objective, std::span<const float> w,
                                      std::span<const std::uint32_t> rows, int most_products,
                                      const std::atomic<bool>* cancel) {
  const std::size_t p = w.size();
  Products products(objective, w, rows);
  std::vector<std::vector<double>> basis(1, std::vector<double>(p));
  core::CounterRandom random(0, core::Purpose::vector);
  for (double& entry : basis[0]) entry = random.next_normal();
  const double norm = std::sqrt(solve::dot_in_order(basis[0], basis[0]));
  for (double& entry : basis[0]) entry /= norm;
  std::vector<double> a, b, image(p);
  Curvature found;
  for (;;) {
    if (cancel != nullptr && cancel->load()) return std::nullopt;
    products.times(basis.back(), image);
    ++found.products;
    a.push_back(solve::dot_in_order(basis.back(), image));
    for (int twice = 0; twice < 2; ++twice)  // once loses orthogonality, twice is enough (Parlett)
      for (const std::vector<double>& v : basis) solve::add_scaled(image, -solve::dot_in_order(v, image), v);
    const double next = std::sqrt(solve::dot_in_order(image, image));
    const std::size_t k = a.size();
    const solve::SymmetricEigen ritz = solve::symmetric_eigen(dense(a, b), k, true);
    found.least = ritz.values.front(), found.most = ritz.values.back();
    const double scale = std::max(std::abs(found.least), std::abs(found.most));
    found.least_residual = next * std::abs(ritz.vectors[k - 1]);  // the last entry of the first eigenvector
    const bool over = k == p || next <= 1e-6 * scale;
    const bool told = k >= kFewest && found.least_residual <= kTolerance * scale;
    if (over || found.products >= most_products || told) {
      found.direction.assign(p, 0);
      for (std::size_t i = 0; i < k; ++i) solve::add_scaled(found.direction, ritz.vectors[i], basis[i]);
      return found;
    }
    b.push_back(next);
    for (double& entry : image) entry /= next;
    basis.push_back(image);
  }
}

double noise_along(engine::Objective& objective, std::span<const float> w, std::span<const std::uint32_t> rows,
                   std::span<const double> direction) {
  std::vector<float> g(w.size());
  double sum = 0, squares = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    objective.gradient(w, rows.subspan(r, 1), g);
    double along = 0;
    for (std::size_t j = 0; j < g.size(); ++j) along += direction[j] * g[j];
    sum += along, squares += along * along;
  }
  const auto n = static_cast<double>(rows.size());
  return n > 0 ? std::max(0.0, squares / n - sum / n * (sum / n)) : 0;
}

}  // namespace descent::train
