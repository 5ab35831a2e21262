#pragma once

#include <Eigen/Core>
#include <cmath>
#include <initializer_list>
#include <span>
#include <vector>

#include "descent/core/random.hpp"
#include "descent/data/dataset.hpp"
#include "descent/loss/loss.hpp"

namespace descent::train::testing {

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

inline std::vector<float> make_weights(std::size_t count, double scale = 0.7) {
  std::vector<float> w(count);
  core::CounterRandom random(2, core::Purpose::initial);
  for (float& value : w) value = static_cast<float>(scale * random.next_normal());
  return w;
}

/// The gradient of each single example, by its definition; the l2 term is part of each.
class BruteForce {
 public:
  BruteForce(const data::Dataset& data_in, const loss::Loss& loss_in, double l2_in, std::span<const float> weights)
      : data(data_in), loss(loss_in), l2(l2_in), w(weights.begin(), weights.end()) {
    std::vector<double> losses;
    gradients = each(w, &losses);
    mean = mean_of(gradients);
    const auto n = static_cast<double>(data.rows());
    double sum = 0, squares = 0;
    for (const double l : losses) sum += l / n;
    for (const double l : losses) squares += (l - sum) * (l - sum) / n;
    loss_variance = squares;
    value = sum + 0.5 * l2 * norm_squared(w);
  }

  std::vector<std::vector<double>> each(const std::vector<double>& at, std::vector<double>* losses = nullptr) const {
    const std::size_t d = data.width(), c = at.size() / d;
    std::vector<std::vector<double>> all;
    std::vector<double> s(c), slope(c);
    for (std::size_t i = 0; i < data.rows(); ++i) {
      for (std::size_t k = 0; k < c; ++k) {
        s[k] = 0;
        for (std::size_t j = 0; j < d; ++j) s[k] += at[k * d + j] * data.features(i, j);
      }
      if (losses) losses->push_back(loss.value(s, data.labels[i]));
      loss.gradient(s, data.labels[i], slope);
      std::vector<double> g(at.size());
      for (std::size_t k = 0; k < c; ++k)
        for (std::size_t j = 0; j < d; ++j) g[k * d + j] = slope[k] * data.features(i, j) + l2 * at[k * d + j];
      all.push_back(g);
    }
    return all;
  }

  static std::vector<double> mean_of(const std::vector<std::vector<double>>& all) {
    std::vector<double> result(all[0].size());
    for (const auto& g : all)
      for (std::size_t j = 0; j < g.size(); ++j) result[j] += g[j] / static_cast<double>(all.size());
    return result;
  }
  static double norm_squared(std::span<const double> v) {
    double sum = 0;
    for (const double x : v) sum += x * x;
    return sum;
  }
  double distance_squared(std::span<const double> g) const {
    double sum = 0;
    for (std::size_t j = 0; j < g.size(); ++j) sum += (g[j] - mean[j]) * (g[j] - mean[j]);
    return sum;
  }
  std::vector<double> batch(std::initializer_list<std::size_t> rows) const {
    std::vector<std::vector<double>> taken;
    for (const std::size_t i : rows) taken.push_back(gradients[i]);
    return mean_of(taken);
  }
  double trace_covariance() const {
    double sum = 0;
    for (const auto& g : gradients) sum += distance_squared(g) / static_cast<double>(gradients.size());
    return sum;
  }
  Eigen::MatrixXd covariance() const {
    const auto p = static_cast<Eigen::Index>(w.size());
    const Eigen::Map<const Eigen::VectorXd> centre(mean.data(), p);
    Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(p, p);
    for (const auto& g : gradients) {
      const Eigen::VectorXd off = Eigen::Map<const Eigen::VectorXd>(g.data(), p) - centre;
      sum += off * off.transpose() / static_cast<double>(gradients.size());
    }
    return sum;
  }
  /// The Hessian by central differences of the gradient.
  Eigen::MatrixXd hessian() const {
    const auto p = static_cast<Eigen::Index>(w.size());
    const double h = 1e-5;
    Eigen::MatrixXd result(p, p);
    for (std::size_t j = 0; j < w.size(); ++j) {
      std::vector<double> up = w, down = w;
      up[j] += h;
      down[j] -= h;
      const auto above = mean_of(each(up)), below = mean_of(each(down));
      for (std::size_t k = 0; k < w.size(); ++k)
        result(static_cast<Eigen::Index>(k), static_cast<Eigen::Index>(j)) = (above[k] - below[k]) / (2 * h);
    }
    return result;
  }

  const data::Dataset& data;
  const loss::Loss& loss;
  double l2, value = 0, loss_variance = 0;
  std::vector<double> w, mean;
  std::vector<std::vector<double>> gradients;
};

}  // namespace descent::train::testing
