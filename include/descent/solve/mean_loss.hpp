#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <span>
#include <vector>

#include "descent/data/dataset.hpp"
#include "descent/engine/row_products.hpp"
#include "descent/loss/loss.hpp"
#include "descent/machine/team.hpp"

namespace descent::solve {

/// f(W) = (1/N) Σ loss + (l2/2)‖W‖² in double, with its gradient and Hessian-vector products. Rows are cut into fixed
/// groups whose sums are joined in order: the same bits for any team. Weights (outputs × features,), class-major.
class MeanLoss {
 public:
  MeanLoss(const data::Dataset& data, const loss::Loss& loss, double l2, machine::Team& team);

  std::size_t parameters() const noexcept { return outputs_ * features_; }
  std::size_t outputs() const noexcept { return outputs_; }
  std::size_t features() const noexcept { return features_; }
  const data::Dataset& data() const noexcept { return data_; }
  const engine::RowProducts& products() const noexcept { return *products_; }
  const loss::Loss& loss() const noexcept { return loss_; }
  double l2() const noexcept { return l2_; }

  /// From now on a pass ends soon after `moment`, or when `cancel` becomes true. That pass and all later ones then give
  /// NaN and zeros, and stopped() is true.
  void stop_at(std::chrono::steady_clock::time_point moment, const std::atomic<bool>* cancel) {
    stop_at_ = moment, cancel_ = cancel;
  }
  bool stopped() const noexcept { return stopped_; }

  double value(std::span<const double> w);
  double gradient(std::span<const double> w, std::span<double> out);
  /// out = (∇²f(w) + l2) v at the weights of the last gradient(). At kinks, the generalised Hessian.
  void hessian_times(std::span<const double> v, std::span<double> out);
  /// Scores of every row at w: (outputs, rows), row-major, without padding.
  void scores(std::span<const double> w, std::span<double> out);

  /// Passes over the data so far: value and product 1/2, gradient and Hessian-vector product 1 (scores and gradient
  /// each ½).
  double passes() const noexcept { return passes_; }

 private:
  enum class Task { value, gradient, hessian, scores };
  double sweep(Task task, std::span<const double> w, std::span<double> out);

  const data::Dataset& data_;
  std::unique_ptr<engine::RowProducts> products_;
  const loss::Loss& loss_;
  double l2_;
  machine::Team& team_;
  std::size_t outputs_, features_, groups_;
  std::vector<double> stored_scores_;  // of the last gradient(), (outputs, rows)
  std::vector<double> partials_;       // (groups, outputs × features)
  std::vector<double> values_;         // (groups,)
  double passes_ = 0;
  std::chrono::steady_clock::time_point stop_at_ = std::chrono::steady_clock::time_point::max();
  const std::atomic<bool>* cancel_ = nullptr;
  std::atomic<bool> stopped_{false};
};

double dot(std::span<const double> a, std::span<const double> b) noexcept;
double norm_squared(std::span<const double> a) noexcept;

}  // namespace descent::solve
