#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "descent/core/aligned.hpp"
#include "descent/data/byte_rows.hpp"
#include "engine/engines/exact8_microkernels.hpp"
#include "engine/make_problem.hpp"

namespace descent::engine::testing {

/// The nearest whole number, with ties to even, by the processor's default rounding mode.
inline std::int64_t nearest(double value) { return std::llrint(value); }

/// Random bytes with labels. `most` is the largest byte. Values are 255ths; the bias is the last column.
inline data::Dataset make_bytes(std::size_t n, std::size_t d, int classes, std::uint32_t most = 255,
                                std::uint64_t seed = 4) {
  data::Dataset data;
  data.name = data.source = "bytes";
  data.classes = classes;
  data.has_bias = d > 1;
  core::Matrix<std::uint8_t> x(n, d);
  core::CounterRandom random(seed, core::Purpose::data);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < d; ++j)
      x(i, j) = static_cast<std::uint8_t>(d > 1 && j + 1 == d ? 255 : random.next_below(most + 1));
    data.labels.push_back(static_cast<std::int32_t>(random.next_below(static_cast<std::uint32_t>(classes))));
  }
  data.features = data::Features(std::make_unique<data::ByteRows>(std::move(x), 1.0 / 255));
  return data;
}

/// What `exact8` computes, in the simplest way: with integers of 64 bits, one after the other.
struct Exact8Reference {
  const LinearProblem& problem;
  const core::MatrixView<const std::uint8_t> x =
      dynamic_cast<const data::ByteRows&>(problem.data.features.storage()).view();
  const double unit = dynamic_cast<const data::ByteRows&>(problem.data.features.storage()).scale();

  /// The integers for the weights [first, end) of an output, and 2^e.
  std::vector<std::int64_t> weights(std::span<const float> w, double& scale) const {
    double largest = 0;
    for (const float value : w) largest = std::max(largest, static_cast<double>(std::abs(value)));
    int e = 0;
    if (largest > 0) {
      for (e = 100; largest * std::ldexp(1.0, e) > 127 * 256;) --e;
    }
    std::vector<std::int64_t> q(w.size());
    for (;; --e) {
      std::int64_t sum = 0;
      for (std::size_t j = 0; j < w.size(); ++j)
        sum += std::abs(q[j] = nearest(static_cast<double>(w[j]) * std::ldexp(1.0, e)));
      if (255 * sum < std::int64_t{1} << 31) break;
    }
    scale = std::ldexp(1.0, -e);
    return q;
  }

  /// The gradient on these rows (all rows if empty), to the bit. The blocks of features are those of the plan for so
  /// many rows.
  std::vector<float> gradient(std::span<const float> w, std::span<const std::uint32_t> rows) const {
    const std::size_t d = problem.data.width(), c = problem.outputs(),
                      n = rows.empty() ? problem.data.rows() : rows.size();
    const Exact8Plan plan = make_exact8_plan(n, d);
    core::AlignedBuffer<float> scores(c * 16);
    std::vector<std::int64_t> sums(c * d);
    const double range = *problem.loss.largest_slope(c), whole = 32512 / range;
    const auto factor = static_cast<float>(whole >= 1 ? std::floor(whole) : whole);
    for (std::size_t r = 0; r < n; ++r) {
      const std::size_t i = rows.empty() ? r : rows[r];
      scores.zero();
      for (std::size_t k = 0; k < c; ++k)
        for (std::size_t b = 0; b < plan.feature_blocks; ++b) {
          const std::size_t first = plan.line_begin(b) * 64, end = std::min(d, plan.line_begin(b + 1) * 64);
          double scale = 0;
          const std::vector<std::int64_t> q = weights(w.subspan(k * d + first, end - first), scale);
          std::int64_t sum = 0;
          for (std::size_t j = first; j < end; ++j) sum += q[j - first] * x(i, j);
          const float part = static_cast<float>(sum) * (static_cast<float>(unit) * static_cast<float>(scale));
          scores[k * 16] = b == 0 ? part : scores[k * 16] + part;
        }
      problem.loss.differentiate({scores.data(), c, 1, 16}, {&problem.data.labels[i], 1});
      for (std::size_t k = 0; k < c; ++k) {
        const std::int64_t q = std::clamp(nearest(static_cast<double>(scores[k * 16] * factor)), std::int64_t{-32512},
                                          std::int64_t{32512});
        for (std::size_t j = 0; j < d; ++j) sums[k * d + j] += q * x(i, j);
      }
    }
    std::vector<float> g(c * d);
    const auto scale = static_cast<float>(unit / (static_cast<double>(factor) * static_cast<double>(n)));
    for (std::size_t j = 0; j < g.size(); ++j) {
      const std::int64_t low = ((sums[j] + 128) & 255) - 128, high = (sums[j] - low) / 256;
      const float sum = std::fma(static_cast<float>(high), 256.0F, static_cast<float>(low));
      g[j] = std::fma(static_cast<float>(problem.l2), w[j], sum * scale);
    }
    return g;
  }
};

}  // namespace descent::engine::testing
