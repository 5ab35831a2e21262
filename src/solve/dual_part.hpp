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

/// The gap at which to finish, and the most work for it, in multiply-adds.
struct Finish {
  double relative_gap, most_work;
};

/// A dual problem that keeps W = (1/l2) Σ α a in step with its α.
class DualPart {
 public:
  virtual ~DualPart() = default;
  /// Runs `count` epochs. If the clock runs out it ends inside an epoch, with α and W as they then are.
  virtual void epochs(int count, const SolverClock& clock) = 0;
  /// Σ α b, without the norm term.
  virtual double linear_term() const = 0;
  /// Improves α and its weights; better_w receives weights that are at least as good. Returns the passes over the data,
  /// counted for all outputs.
  virtual double finish(const Finish& how, std::span<double> better_w, const SolverClock& clock) = 0;
  /// Writes the rows' slopes by this α after drop_norm(); out (outputs, rows), of which only this part's outputs are
  /// written.
  virtual void slopes_without_norm(std::span<double> out) const = 0;
};

/// One output of a margin or distance loss, or all outputs of a multiclass loss, with all α at 0. `box` is the loss's
/// box_dual(). w is the weights of that output, or of all.
std::unique_ptr<DualPart> make_output_dual(const MeanLoss& f, std::size_t output, const loss::BoxDual& box,
                                           std::span<const double> squared_norms, double* w, std::uint64_t seed);
std::unique_ptr<DualPart> make_multiclass_dual(const MeanLoss& f, const loss::BoxDual& box,
                                               std::span<const double> squared_norms, double* w, std::uint64_t seed);

/// Visits all rows that are not at rest, in a fresh random order each epoch.
class Rounds {
 public:
  /// `row_work`: approximate multiply-adds of a visit; they determine how often the clock is read.
  Rounds(std::size_t n, std::uint64_t seed, double row_work)
      : order_(n), rest_(n, 0), left_(n, 0), seed_(seed), rows_a_look_(rows_of(kWorkOfLook / row_work)) {
    std::iota(order_.begin(), order_.end(), 0U);
  }
  void wake_all() { std::fill(left_.begin(), left_.end(), std::uint8_t{0}); }

  /// visit(row) returns true when it changed something. Ends early when over() returns true.
  template <class Visit, class Over>
  void epoch(const Visit& visit, const Over& over) {
    core::shuffle(order_, core::CounterRandom(seed_, core::Purpose::order, epoch_++));
    for (std::size_t i = 0; i < order_.size(); ++i) {
      if (i % rows_a_look_ == 0 && over()) return;
      const std::uint32_t row = order_[i];
      if (left_[row] > 0) {
        --left_[row];
        continue;
      }
      rest_[row] = visit(row) ? std::uint8_t{0} : static_cast<std::uint8_t>(std::min(kMostRest, 2 * rest_[row] + 1));
      left_[row] = rest_[row];
    }
  }

 private:
  static constexpr int kMostRest = 31;        // epochs that a settled row is left alone
  static constexpr double kWorkOfLook = 1e7;  // multiply-adds: some milliseconds

  static std::size_t rows_of(double rows) { return static_cast<std::size_t>(std::clamp(rows, 1.0, 1e9)); }

  std::vector<std::uint32_t> order_;
  std::vector<std::uint8_t> rest_, left_;
  std::uint64_t seed_, epoch_ = 0;
  std::size_t rows_a_look_;
};

/// Finishes by active_set(), or if that is too much work, by proximal_newton(). Returns the passes over the data.
double finish_box(BoxProblem problem, std::vector<double>& alpha, std::span<double> w, const Finish& how,
                  std::span<double> better_w, const SolverClock& clock);

/// Multiply-adds of Σ scale x xᵀ over the rows.
double gram_work(const data::Dataset& data);

}  // namespace descent::solve
