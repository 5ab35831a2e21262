#include <algorithm>
#include <cmath>

#include "descent/core/random.hpp"
#include "descent/solve/mean_loss.hpp"
#include "train/moment_pass.hpp"

namespace descent::train {
namespace {

/// Sampled rows, with weights for which their weighted mean estimates the mean over all rows.
struct Rows {
  std::vector<std::size_t> index;
  std::vector<double> weight;
};

Rows every_row(std::size_t n) {
  Rows rows;
  for (std::size_t i = 0; i < n; ++i) rows.index.push_back(i);
  rows.weight.assign(n, 1);
  return rows;
}

/// `count` draws with replacement: half in proportion to `size`, half uniform, so that every row can be drawn.
Rows draw_rows(std::span<const double> size, std::size_t count, core::CounterRandom random) {
  const std::size_t n = size.size();
  std::vector<double> cumulative(n);
  double total = 0;
  for (std::size_t i = 0; i < n; ++i) cumulative[i] = total += size[i];
  const double uniform = total > 0 ? 0.5 : 1;
  Rows rows;
  for (std::size_t draw = 0; draw < count; ++draw) {
    std::size_t i = random.next_below(static_cast<std::uint32_t>(n));
    if (random.next_unit() >= uniform) {
      const auto at = std::upper_bound(cumulative.begin(), cumulative.end(), random.next_unit() * total);
      i = std::min<std::size_t>(static_cast<std::size_t>(at - cumulative.begin()), n - 1);
    }
    // probability relative to a uniform draw
    const double share = total > 0 ? size[i] / total * static_cast<double>(n) : 0;
    rows.index.push_back(i);
    rows.weight.push_back(1 / (uniform + (1 - uniform) * share));
  }
  return rows;
}

/// An estimate of each row's curvature, ‖h_j z‖ ‖x_j‖² with random signs z; rows are drawn in proportion to it.
std::vector<double> curvature_sizes(const MomentPass& pass, std::uint64_t seed) {
  std::vector<double> sizes(pass.n);
  pass.team.for_each(pass.groups, [&](std::size_t group) {
    std::vector<double> signs(pass.outputs), product(pass.outputs);
    for (std::size_t i = pass.begin(group); i < pass.begin(group + 1); ++i) {
      core::CounterRandom random(seed, core::Purpose::vector, i);
      for (double& sign : signs) sign = (random.next_u32() & 1U) != 0 ? 1 : -1;
      pass.loss.hessian_times(pass.scores_of(i), pass.data.labels[i], signs, product);
      sizes[i] = std::sqrt(solve::norm_squared(product)) * pass.row_norms[i];
    }
  });
  return sizes;
}

/// h (outputs × outputs,) of row i: the Hessian of its loss with respect to its scores.
void score_hessian(const MomentPass& pass, std::size_t i, std::span<double> unit, std::span<double> h) {
  for (std::size_t k = 0; k < pass.outputs; ++k) {
    unit[k] = 1;
    pass.loss.hessian_times(pass.scores_of(i), pass.data.labels[i], unit, h.subspan(k * pass.outputs, pass.outputs));
    unit[k] = 0;
  }
}

double quadratic_form(std::span<const double> h, std::span<const double> d) noexcept {
  double sum = 0;
  for (std::size_t k = 0; k < d.size(); ++k) {
    double row = 0;
    for (std::size_t l = 0; l < d.size(); ++l) row += h[k * d.size() + l] * d[l];
    sum += d[k] * row;
  }
  return sum;
}

/// Means of the weighted pairs (x_iᵀx_j)² d_iᵀ h_j d_i over the other index.
struct PairMeans {
  std::vector<double> of_gradients, of_curvatures;
};

PairMeans mean_pairs(const MomentPass& pass, const Rows& gradients, const Rows& curvatures) {
  constexpr std::size_t height = MomentPass::kBlockRows;
  const std::size_t c = pass.outputs, d = pass.features, stride = core::padded_stride<float>(d);
  const std::size_t m = gradients.index.size(), others = curvatures.index.size(),
                    blocks = (others + height - 1) / height;
  auto left = zeros<double>(m * d);
  std::vector<float> row(d);
  for (std::size_t i = 0; i < m; ++i) {
    pass.data.features.storage().read(gradients.index[i], row.data());
    std::copy(row.begin(), row.end(), left.data() + i * d);
  }
  PairMeans means{std::vector<double>(m), std::vector<double>(others)};
  // Blocks are taken in groups of fixed size, so that the rows' partial sums stay few.
  const std::size_t groups = std::min<std::size_t>(blocks, 16);
  std::vector<double> partials(groups * m);
  pass.team.for_each(groups, [&](std::size_t group) {
    auto x = zeros<float>(height * stride);
    auto products = zeros<double>(m * height);
    std::vector<double> unit(c), h(c * c);
    double* const sums = partials.data() + group * m;
    for (std::size_t block = blocks * group / groups; block < blocks * (group + 1) / groups; ++block) {
      const std::size_t first = block * height, count = std::min(height, others - first);
      for (std::size_t r = 0; r < count; ++r)
        pass.data.features.storage().read(curvatures.index[first + r], x.data() + r * stride);
      engine::eigen_products().f64.scores(left.data(), m, d, x.data(), count, stride, products.data(), height);
      for (std::size_t r = 0; r < count; ++r) {
        score_hessian(pass, curvatures.index[first + r], unit, h);
        double sum = 0;
        for (std::size_t i = 0; i < m; ++i) {
          const double product = products[i * height + r];
          const double pair = product * product * quadratic_form(h, pass.slopes_of(gradients.index[i])) *
                              gradients.weight[i] * curvatures.weight[first + r];
          sums[i] += pair;
          sum += pair;
        }
        means.of_curvatures[first + r] = sum / static_cast<double>(m);
      }
    }
  });
  for (std::size_t group = 0; group < groups; ++group)
    for (std::size_t i = 0; i < m; ++i) means.of_gradients[i] += partials[group * m + i] / static_cast<double>(others);
  return means;
}

double mean(std::span<const double> values) noexcept {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// Variance of the mean of independent values.
double variance_of_mean(std::span<const double> values) noexcept {
  const double centre = mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - centre) * (value - centre);
  const auto count = static_cast<double>(values.size());
  return sum / (count * (count - 1));
}

}  // namespace

std::vector<double> curvature_along(const MomentPass& pass, std::span<const std::vector<double>> vectors) {
  constexpr std::size_t height = MomentPass::kBlockRows;
  const std::size_t c = pass.outputs, many = vectors.size();
  auto stacked = zeros<double>(many * c * pass.features);
  for (std::size_t which = 0; which < many; ++which)
    std::copy(vectors[which].begin(), vectors[which].end(), stacked.data() + which * c * pass.features);
  std::vector<double> partials(pass.groups * many);
  pass.team.for_each(pass.groups, [&](std::size_t group) {
    auto tile = zeros<double>(many * c * height);
    std::vector<double> v(c), hv(c);
    const std::size_t end = pass.begin(group + 1);
    for (std::size_t first = pass.begin(group); first < end; first += height) {
      const std::size_t rows = std::min(height, end - first);
      pass.products->scores(stacked.data(), many * c, first, rows, tile.data(), height);
      for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t which = 0; which < many; ++which) {
          for (std::size_t k = 0; k < c; ++k) v[k] = tile[(which * c + k) * height + r];
          pass.loss.hessian_times(pass.scores_of(first + r), pass.data.labels[first + r], v, hv);
          partials[group * many + which] += solve::dot(v, hv);
        }
    }
  });
  std::vector<double> sums(many);
  for (std::size_t at = 0; at < partials.size(); ++at) sums[at % many] += partials[at];
  for (double& sum : sums) sum /= static_cast<double>(pass.n);
  return sums;
}

Sampled curvature_of_gradients(const MomentPass& pass, double flops, std::uint64_t seed) {
  const auto c = static_cast<double>(pass.outputs), d = static_cast<double>(pass.features),
             n = static_cast<double>(pass.n);
  const double pairs = flops / (2 * d + 2 * c * (c + 1));
  Sampled result;
  if (n * n <= pairs) {
    const Rows all = every_row(pass.n);
    result.value = mean(mean_pairs(pass, all, all).of_curvatures);
    return result;
  }
  const std::size_t count = std::max(kFewestCurvatures, static_cast<std::size_t>(std::sqrt(pairs)));
  std::vector<double> gradient_sizes(pass.n);
  for (std::size_t i = 0; i < pass.n; ++i) gradient_sizes[i] = pass.slope_norms[i] * pass.row_norms[i];
  const Rows gradients = draw_rows(gradient_sizes, count, core::CounterRandom(seed, core::Purpose::spot_check, 0));
  const Rows curvatures =
      draw_rows(curvature_sizes(pass, seed), count, core::CounterRandom(seed, core::Purpose::spot_check, 1));
  const PairMeans means = mean_pairs(pass, gradients, curvatures);
  result.value = mean(means.of_curvatures);
  result.error = std::sqrt(variance_of_mean(means.of_gradients) + variance_of_mean(means.of_curvatures));
  return result;
}

}  // namespace descent::train
