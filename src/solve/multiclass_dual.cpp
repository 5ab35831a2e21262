#include <cmath>

#include "solve/active_set.hpp"
#include "solve/dual_part.hpp"

namespace descent::solve {
namespace {

/// A multiclass loss summed over the other classes (Weston and Watkins 1999): a variable in [0, high/N] per row i and
/// class j ≠ y_i, with a = (e_y − e_j) ⊗ x_i and b = offset.
class MulticlassDual final : public DualPart {
 public:
  MulticlassDual(const MeanLoss& f, const loss::BoxDual& box, std::span<const double> squared_norms, double* w,
                 std::uint64_t seed)
      : data_(f.data()),
        products_(f.products()),
        classes_(f.outputs()),
        l2_(f.l2()),
        high_(box.high / static_cast<double>(data_.rows())),
        offset_(box.offset),
        squared_norms_(squared_norms),
        w_(w),
        alpha_(data_.rows() * classes_, 0.0),
        score_(classes_),
        move_(classes_),
        rounds_(data_.rows(), seed, 2 * static_cast<double>(classes_ * (data_.width() + kSweeps))) {}

  void epochs(int count, const SolverClock& clock) override {
    rounds_.wake_all();
    for (int e = 0; e < count && !clock.over(); ++e)
      rounds_.epoch([&](std::size_t i) { return visit(i); }, [&] { return clock.over(); });
  }

  double linear_term() const override { return offset_ * std::accumulate(alpha_.begin(), alpha_.end(), 0.0); }

  double finish(const Finish& how, std::span<double> better_w, const SolverClock& clock) override {
    return finish_box(problem(), alpha_, {w_, classes_ * data_.width()}, how, better_w, clock);
  }

  void slopes_without_norm(std::span<double> out) const override {
    const std::size_t n = data_.rows();
    std::vector<double> alpha = alpha_;
    drop_norm(problem(), alpha, {w_, classes_ * data_.width()});
    for (std::size_t i = 0; i < n; ++i) {
      double sum = 0;
      for (std::size_t k = 0; k < classes_; ++k)
        sum += out[k * n + i] = alpha[i * classes_ + k] * static_cast<double>(n);
      out[label(i) * n + i] = -sum;
    }
  }

 private:
  static constexpr int kSweeps = 8;  // over the classes of a row, at most

  std::size_t label(std::size_t i) const { return static_cast<std::size_t>(data_.labels[i]); }
  /// The label's own class has a variable too; its slope is 0, so it stays at 0.
  BoxProblem problem() const {
    const std::size_t n = data_.rows(), d = data_.width();
    return {n * classes_,
            classes_ * d,
            l2_,
            0,
            high_,
            [this, n, d](std::span<const double> w, std::span<double> out) {
              std::vector<double> score(classes_);
              for (std::size_t i = 0; i < n; ++i) {
                for (std::size_t k = 0; k < classes_; ++k) score[k] = products_.dot(i, &w[k * d]);
                for (std::size_t k = 0; k < classes_; ++k)
                  out[i * classes_ + k] = k == label(i) ? 0 : offset_ - (score[label(i)] - score[k]);
              }
            },
            [this, d](std::size_t t, double scale, std::span<double> w) {
              const std::size_t i = t / classes_;
              products_.add(scale, i, &w[label(i) * d]);
              products_.add(-scale, i, &w[t % classes_ * d]);
            },
            [this](std::span<const double> scale, std::span<double> out) { add_gram(scale, out); },
            static_cast<double>(2 * classes_ - 1) * gram_work(data_)};
  }

  /// Row i has Σ_j scale_ij (e_y − e_j)(e_y − e_j)ᵀ ⊗ x xᵀ: one block for each pair of classes; the rows of both
  /// classes contribute to it.
  void add_gram(std::span<const double> scale, std::span<double> out) const {
    const std::size_t n = data_.rows(), d = data_.width(), wide = classes_ * d;
    std::vector<double> of_rows(n), block(d * d);
    for (std::size_t low = 0; low < classes_; ++low)
      for (std::size_t high = low; high < classes_; ++high) {
        for (std::size_t i = 0; i < n; ++i) {
          const double* const row = &scale[i * classes_];
          const std::size_t y = label(i);
          of_rows[i] = 0;
          if (low != high)
            of_rows[i] = y == low ? row[high] : y == high ? row[low] : 0;
          else if (y != low)
            of_rows[i] = row[low];
          else
            for (std::size_t j = 0; j < classes_; ++j) of_rows[i] += j == y ? 0 : row[j];
        }
        std::fill(block.begin(), block.end(), 0.0);
        products_.add_gram(of_rows.data(), block.data());
        for (std::size_t j = 0; j < d; ++j)  // columns of the block; its upper triangle is filled from the lower one
          for (std::size_t i = 0; i < d; ++i) {
            const double entry = i >= j ? block[j * d + i] : block[i * d + j];
            out[(low * d + j) * wide + high * d + i] += low == high ? entry : -entry;
          }
      }
  }

  bool visit(std::size_t i) {
    const std::size_t d = data_.width();
    const auto y = static_cast<std::size_t>(data_.labels[i]);
    const double norm = squared_norms_[i];
    double* const alpha = alpha_.data() + i * classes_;
    for (std::size_t k = 0; k < classes_; ++k) score_[k] = products_.dot(i, w_ + k * d), move_[k] = 0;
    double largest = 0;
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      double moved = 0;
      for (std::size_t j = 0; j < classes_; ++j) {
        if (j == y) continue;
        const double slope = offset_ - (score_[y] - score_[j]);
        double next = norm > 0 ? alpha[j] + slope * l2_ / (2 * norm) : high_;
        next = std::clamp(next, 0.0, high_);
        const double change = next - alpha[j];
        if (change == 0) continue;
        alpha[j] = next;
        const double step = change / l2_;
        move_[y] += step, move_[j] -= step;
        score_[y] += step * norm, score_[j] -= step * norm;
        moved = std::max(moved, std::abs(change));
      }
      largest = std::max(largest, moved);
      if (moved <= 1e-3 * high_) break;
    }
    for (std::size_t k = 0; k < classes_; ++k)
      if (move_[k] != 0) products_.add(move_[k], i, w_ + k * d);
    return largest > 1e-12 * high_;
  }

  const data::Dataset& data_;
  const engine::RowProducts& products_;
  std::size_t classes_;
  double l2_, high_, offset_;
  std::span<const double> squared_norms_;
  double* w_;
  std::vector<double> alpha_, score_, move_;
  Rounds rounds_;
};

}  // namespace

std::unique_ptr<DualPart> make_multiclass_dual(const MeanLoss& f, const loss::BoxDual& box,
                                               std::span<const double> squared_norms, double* w, std::uint64_t seed) {
  return std::make_unique<MulticlassDual>(f, box, squared_norms, w, seed);
}

}  // namespace descent::solve
