#pragma once

#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "descent/core/random.hpp"
#include "descent/data/dataset.hpp"
#include "descent/engine/engine.hpp"

namespace descent::engine::testing {

/// Rows of uniform numbers in [-1, 1) with random labels.
inline data::Dataset make_dataset(std::size_t n, std::size_t d, int classes, std::uint64_t seed = 1) {
  data::Dataset data;
  data.name = "made";
  data.classes = classes;
  data.features = core::Matrix<float>(n, d);
  core::CounterRandom random(seed, core::Purpose::data);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < d; ++j) data.features(i, j) = static_cast<float>(2 * random.next_unit() - 1);
    data.labels.push_back(static_cast<std::int32_t>(random.next_below(static_cast<std::uint32_t>(classes))));
  }
  return data;
}

/// Rows that the engine can read: the given ones. For an engine that reads bytes, their numbers are moved to [0, 1] and
/// rounded to 255ths.
inline data::Dataset make_dataset_for(const Engine& engine, std::size_t n, std::size_t d, int classes,
                                      std::uint64_t seed = 1) {
  data::Dataset data = make_dataset(n, d, classes, seed);
  if (engine.storage() != "bytes") return data;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < d; ++j)
      data.features(i, j) = static_cast<float>(std::round((data.features(i, j) + 1) * 127.5F) / 255.0);
  return data;
}

/// Weights whose scores are of the order of `scale`.
inline std::vector<float> make_weights(const LinearProblem& problem, double scale, std::uint64_t seed = 2) {
  std::vector<float> w(problem.parameters());
  core::CounterRandom random(seed, core::Purpose::initial);
  const double each = scale * std::sqrt(3.0 / static_cast<double>(problem.data.width()));
  for (float& value : w) value = static_cast<float>(each * random.next_normal());
  return w;
}

/// `steps` batches of `batch` rows, each batch sorted, as from a sampler.
inline std::vector<std::uint32_t> make_rows(std::size_t n, std::size_t batch, std::size_t steps,
                                            std::uint64_t seed = 3) {
  std::vector<std::uint32_t> rows;
  for (std::size_t s = 0; s < steps; ++s) {
    std::vector<std::uint32_t> all(n);
    std::iota(all.begin(), all.end(), 0U);
    core::shuffle(all, core::CounterRandom(seed, core::Purpose::shuffle, s));
    all.resize(batch);
    std::sort(all.begin(), all.end());
    rows.insert(rows.end(), all.begin(), all.end());
  }
  return rows;
}

/// The largest entry of (1/n) Σ_i |d_ik x_ij|. The error of a float32 gradient is divided by it.
inline double gradient_scale(const LinearProblem& problem, std::span<const float> w,
                             std::span<const std::uint32_t> rows) {
  const std::size_t d = problem.data.width(), c = problem.outputs();
  const std::size_t n = rows.empty() ? problem.data.rows() : rows.size();
  std::vector<double> sums(c * d), scores(c), slope(c);
  for (std::size_t r = 0; r < n; ++r) {
    const std::size_t i = rows.empty() ? r : rows[r];
    const std::vector<float> x = problem.data.features.row_values(i);
    for (std::size_t k = 0; k < c; ++k) {
      scores[k] = 0;
      for (std::size_t j = 0; j < d; ++j) scores[k] += static_cast<double>(w[k * d + j]) * x[j];
    }
    problem.loss.gradient(scores, problem.data.labels[i], slope);
    for (std::size_t k = 0; k < c; ++k)
      for (std::size_t j = 0; j < d; ++j) sums[k * d + j] += std::abs(slope[k] * x[j]) / static_cast<double>(n);
  }
  return *std::max_element(sums.begin(), sums.end());
}

}  // namespace descent::engine::testing
