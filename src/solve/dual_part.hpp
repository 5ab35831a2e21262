#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

#include "descent/core/random.hpp"
#include "descent/solve/mean_loss.hpp"
#include "solve/box_problem.hpp"
#include "solve/smooth.hpp"

namespace descent::solve {

/// How far to finish, and how much work, in multiply-adds, that may be.
struct Finish {
  double relative_gap, most_work;
};

/// A dual problem that keeps W = (1/l2) Σ α a in step with its α.
class DualPart {
 public:
  virtual ~DualPart() = default;
  virtual void epochs(int count) = 0;
  /// Σ α b, without the norm term.
  virtual double linear_term() const = 0;
  /// Its α, and the weights that belong to it, are better afterwards, and better_w is as good as them or better still.
  /// Returns passes over the data, of all outputs.
  virtual double finish(const Finish& how, std::span<double> better_w, const SolverClock& clock) = 0;
  /// The rows' slopes by this α, (outputs, rows), after drop_norm; outputs of others are left alone.
  virtual void slopes_without_norm(std::span<double> out) const = 0;
};

/// One output of a margin or distance loss, or all of a multiclass one, with all α at 0. `box` is the loss's
/// answer. w is that output's weights, or all.
std::unique_ptr<DualPart> make_output_dual(const MeanLoss& f, std::size_t output, const loss::BoxDual& box,
                                           std::span<const double> squared_norms, double* w, std::uint64_t seed);
std::unique_ptr<DualPart> make_multiclass_dual(const MeanLoss& f, const loss::BoxDual& box,
                                               std::span<const double> squared_norms, double* w, std::uint64_t seed);

/// Visits rows in a fresh random order each epoch, all but those at rest.
class Rounds {
 public:
  Rounds(std::size_t n, std::uint64_t seed) : order_(n), rest_(n, 0), left_(n, 0), seed_(seed) {
    std::iota(order_.begin(), order_.end(), 0U);
  }
  void wake_all() { std::fill(left_.begin(), left_.end(), std::uint8_t{0}); }

  /// visit(row) returns true when it changed something.
  template <class Visit>
  void epoch(const Visit& visit) {
    core::shuffle(order_, core::CounterRandom(seed_, core::Purpose::order, epoch_++));
    for (const std::uint32_t row : order_) {
      if (left_[row] > 0) {
        --left_[row];
        continue;
      }
      rest_[row] = visit(row) ? std::uint8_t{0} : static_cast<std::uint8_t>(std::min(kMostRest, 2 * rest_[row] + 1));
      left_[row] = rest_[row];
    }
  }

 private:
  static constexpr int kMostRest = 31;  // epochs that a settled row is left alone

  std::vector<std::uint32_t> order_;
  std::vector<std::uint8_t> rest_, left_;
  std::uint64_t seed_, epoch_ = 0;
};

/// By active_set, or where that is too much work by proximal_newton. Returns passes over the data.
double finish_box(BoxProblem problem, std::vector<double>& alpha, std::span<double> w, const Finish& how,
                  std::span<double> better_w, const SolverClock& clock);

/// Multiply-adds of Σ scale x xᵀ over the rows.
double gram_work(const data::Dataset& data);

}  // namespace descent::solve
