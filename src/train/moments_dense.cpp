#include <algorithm>

#include "train/moment_pass.hpp"

namespace descent::train {
namespace {

constexpr std::size_t kMostGroups = 16;                     // most groups of rows; each has two p × p matrices …
constexpr std::size_t kMostEntries = std::size_t{1} << 22;  // … with at most this many entries in all

/// Adds Σ_r c_r ⊗ x_r x_rᵀ over a block of rows to `sum` (p × p,); coefficients (outputs × outputs, rows), symmetric.
void add_outer(const MomentPass& pass, std::size_t first, std::size_t rows, std::span<const double> coefficients,
               std::span<double> sum) {
  constexpr std::size_t height = MomentPass::kBlockRows;
  const std::size_t c = pass.outputs, d = pass.features, p = c * d;
  auto weighted = zeros<double>(d * height), block = zeros<double>(d * d);
  std::vector<float> x(d);
  for (std::size_t k = 0; k < c; ++k)
    for (std::size_t l = 0; l <= k; ++l) {
      const double* const weights = coefficients.data() + (k * c + l) * height;
      for (std::size_t r = 0; r < rows; ++r) {
        pass.data.features.storage().read(first + r, x.data());
        for (std::size_t j = 0; j < d; ++j) weighted[j * height + r] = weights[r] * x[j];
      }
      pass.products->gradient(weighted.data(), height, d, first, rows, block.data());
      for (std::size_t a = 0; a < d; ++a)
        for (std::size_t b = 0; b < d; ++b) {
          sum[(k * d + a) * p + l * d + b] += block[a * d + b];
          if (l < k) sum[(l * d + a) * p + k * d + b] += block[a * d + b];
        }
    }
}

}  // namespace

DenseMoments dense_moments(const MomentPass& pass) {
  constexpr std::size_t height = MomentPass::kBlockRows;
  const std::size_t c = pass.outputs, p = c * pass.features, blocks = (pass.n + height - 1) / height;
  const std::size_t groups = std::min({blocks, kMostGroups, std::max<std::size_t>(1, kMostEntries / (p * p))});
  std::vector<double> hessians(groups * p * p), squares(groups * p * p);
  pass.team.for_each(groups, [&](std::size_t group) {
    std::vector<double> h(c * c * height), dd(c * c * height), unit(c), column(c);
    for (std::size_t block = blocks * group / groups; block < blocks * (group + 1) / groups; ++block) {
      const std::size_t first = block * height, rows = std::min(height, pass.n - first);
      for (std::size_t r = 0; r < rows; ++r) {
        const auto d = pass.slopes_of(first + r);
        for (std::size_t k = 0; k < c; ++k) {
          unit[k] = 1;
          pass.loss.hessian_times(pass.scores_of(first + r), pass.data.labels[first + r], unit, column);
          unit[k] = 0;
          for (std::size_t l = 0; l < c; ++l) {
            h[(k * c + l) * height + r] = column[l];
            dd[(k * c + l) * height + r] = d[k] * d[l];
          }
        }
      }
      add_outer(pass, first, rows, h, std::span(hessians).subspan(group * p * p, p * p));
      add_outer(pass, first, rows, dd, std::span(squares).subspan(group * p * p, p * p));
    }
  });
  DenseMoments result{std::vector<double>(p * p), std::vector<double>(p * p)};
  for (std::size_t group = 0; group < groups; ++group)
    for (std::size_t at = 0; at < p * p; ++at) {
      result.hessian[at] += hessians[group * p * p + at] / static_cast<double>(pass.n);
      result.covariance[at] += squares[group * p * p + at] / static_cast<double>(pass.n);
    }
  for (std::size_t a = 0; a < p; ++a) {
    result.hessian[a * p + a] += pass.l2;
    for (std::size_t b = 0; b < p; ++b) result.covariance[a * p + b] -= pass.data_gradient[a] * pass.data_gradient[b];
  }
  return result;
}

}  // namespace descent::train
