#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "descent/engine/objective.hpp"

namespace descent::train::testing {

/// f_i(w) = ½ h (w − a_i)² with one weight. Every stationary variance has a closed form. Calls `each_step` before each
/// step.
class Line final : public engine::Objective, private engine::LinearSlopes {
 public:
  Line(std::vector<double> a, double h, float start = 0) : a_(std::move(a)), h_(h), start_(start) {}
  /// This is a linear model whose rows are all 1.
  const engine::LinearSlopes* linear_slopes() override { return this; }
  std::size_t parameters() const override { return 1; }
  std::size_t examples() const override { return a_.size(); }
  void initial(std::uint64_t, std::span<float> w) const override { w[0] = start_; }
  double value(std::span<const float> w) override {
    float unused;
    return gradient(w, {}, {&unused, 1});
  }
  double gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) override {
    if (!rows.empty() && each_step) each_step(w[0]);
    const std::size_t n = rows.empty() ? a_.size() : rows.size();
    double sum = 0, slope = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double r = w[0] - a_[rows.empty() ? i : rows[i]];
      sum += 0.5 * h_ * r * r;
      slope += h_ * r;
    }
    out[0] = static_cast<float>(slope / static_cast<double>(n));
    return sum / static_cast<double>(n);
  }
  engine::Cost cost(std::size_t) const override { return {}; }

  std::function<void(double)> each_step;  // the weight before each step on a batch

 private:
  std::size_t outputs() const override { return 1; }
  double l2() const override { return 0; }
  double slopes(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) const override {
    double sum = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double r = w[0] - a_[rows[i]];
      sum += 0.5 * h_ * r * r;
      out[i] = static_cast<float>(h_ * r);
    }
    return sum;
  }
  void add(std::span<const float> d, std::span<const std::uint32_t> rows, std::span<float> g) const override {
    for (std::size_t i = 0; i < rows.size(); ++i) g[0] += d[i];
  }

  std::vector<double> a_;
  double h_;
  float start_;
};

/// ½ (x_iᵀw − y_i)² on four rows. w* = (1, 4/3), f* = 1/12.
class LeastSquares final : public engine::Objective {
 public:
  std::size_t parameters() const override { return 2; }
  std::size_t examples() const override { return kX.size(); }
  void initial(std::uint64_t, std::span<float> w) const override { w[0] = w[1] = 0; }
  double value(std::span<const float> w) override {
    std::array<float, 2> unused;
    return gradient(w, {}, unused);
  }
  double gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) override {
    const std::size_t n = rows.empty() ? kX.size() : rows.size();
    double sum = 0, g0 = 0, g1 = 0;
    for (std::size_t b = 0; b < n; ++b) {
      const std::size_t i = rows.empty() ? b : rows[b];
      const double r = kX[i][0] * w[0] + kX[i][1] * w[1] - kY[i];
      sum += 0.5 * r * r;
      g0 += r * kX[i][0];
      g1 += r * kX[i][1];
    }
    out[0] = static_cast<float>(g0 / static_cast<double>(n));
    out[1] = static_cast<float>(g1 / static_cast<double>(n));
    return sum / static_cast<double>(n);
  }
  engine::Cost cost(std::size_t) const override { return {}; }

 private:
  static constexpr std::array<std::array<double, 2>, 4> kX{{{1, 0}, {0, 1}, {1, 1}, {1, -1}}};
  static constexpr std::array<double, 4> kY{1, 2, 2, 0};
};

}  // namespace descent::train::testing
