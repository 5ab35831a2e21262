#include "train/solve/dual.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

#include "descent/core/random.hpp"
#include "descent/core/text.hpp"
#include "train/solve/active_set.hpp"

namespace descent {
namespace {

// Compiled for wider vectors too and picked at run time: the sums keep their eight lanes and no multiply-add is fused,
// so the bits are the same. Sanitizers cannot start a program whose functions are picked that early.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define DESCENT_WIDER __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define DESCENT_WIDER
#endif

constexpr double kFirstFinish = 100;  // epochs, before an active set is tried; then at four times as many
constexpr double kLeastWork = 4e9;    // multiply-adds that it may take on each part: seconds
constexpr int kMostRest = 31;         // epochs that a settled row is left alone

DESCENT_WIDER double dot_row(const float* x, const double* w, std::size_t d) noexcept {
  double lanes[8] = {};
  std::size_t j = 0;
  for (; j + 8 <= d; j += 8)
    for (std::size_t lane = 0; lane < 8; ++lane) lanes[lane] += static_cast<double>(x[j + lane]) * w[j + lane];
  for (; j < d; ++j) lanes[0] += static_cast<double>(x[j]) * w[j];
  return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

DESCENT_WIDER void add_row(double a, const float* x, double* w, std::size_t d) noexcept {
  for (std::size_t j = 0; j < d; ++j) w[j] += a * x[j];
}

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
    shuffle(order_, CounterRandom(seed_, Purpose::order, epoch_++));
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
  std::vector<std::uint32_t> order_;
  std::vector<std::uint8_t> rest_, left_;
  std::uint64_t seed_, epoch_ = 0;
};

/// A dual problem that keeps W = (1/l2) Σ α a in step with its α.
class Dual {
 public:
  virtual ~Dual() = default;
  virtual void epochs(int count) = 0;
  /// Σ α b, without the norm term.
  virtual double linear_term() const = 0;
  /// As active_set: its α, and the weights that belong to it, are better afterwards.
  virtual void finish(double most_work, const SolverClock& clock) = 0;
  /// The rows' slopes by this α, (columns, rows), after drop_norm; columns of others are left alone.
  virtual void slopes_without_norm(std::span<double> out) const = 0;
};

/// One score column of hinge (sign = y, b = 1, 0 <= α <= 1/N) or absolute (sign = 1, b = y, |α| <= 1/N).
class ColumnDual final : public Dual {
 public:
  ColumnDual(const MeanLoss& f, std::size_t column, bool hinge, std::span<const double> squared_norms, double* w,
             std::uint64_t seed)
      : data_(f.data()),
        column_(column),
        l2_(f.l2()),
        high_(1 / static_cast<double>(data_.rows())),
        low_(hinge ? 0 : -high_),
        hinge_(hinge),
        squared_norms_(squared_norms),
        w_(w),
        alpha_(data_.rows(), 0.0),
        target_(data_.rows()),
        rounds_(data_.rows(), seed) {
    const bool binary = f.columns() == 1;
    for (std::size_t i = 0; i < data_.rows(); ++i)
      target_[i] = (binary ? data_.labels[i] == 1 : data_.labels[i] == static_cast<std::int32_t>(column)) ? 1.0 : -1.0;
  }

  void epochs(int count) override {
    rounds_.wake_all();
    const std::size_t d = data_.columns();
    for (int e = 0; e < count; ++e)
      rounds_.epoch([&](std::size_t i) {
        const float* const x = data_.features.row(i);
        const double sign = hinge_ ? target_[i] : 1.0, b = hinge_ ? 1.0 : target_[i];
        const double slope = b - sign * dot_row(x, w_, d);
        double next = squared_norms_[i] > 0 ? alpha_[i] + slope * l2_ / squared_norms_[i] : (b > 0 ? high_ : low_);
        next = std::clamp(next, low_, high_);
        const double change = next - alpha_[i];
        alpha_[i] = next;
        if (change == 0) return false;
        add_row(sign * change / l2_, x, w_, d);
        return std::abs(change) > 1e-12 * high_;
      });
  }

  double linear_term() const override {
    double sum = 0;
    for (std::size_t i = 0; i < alpha_.size(); ++i) sum += alpha_[i] * (hinge_ ? 1.0 : target_[i]);
    return sum;
  }

  void finish(double most_work, const SolverClock& clock) override {
    active_set(problem(), alpha_, {w_, data_.columns()}, most_work, clock);
  }

  void slopes_without_norm(std::span<double> out) const override {
    const std::size_t n = data_.rows();
    std::vector<double> alpha = alpha_;
    drop_norm(problem(), alpha, {w_, data_.columns()});
    for (std::size_t i = 0; i < n; ++i) out[column_ * n + i] = -sign(i) * alpha[i] * static_cast<double>(n);
  }

 private:
  double sign(std::size_t i) const { return hinge_ ? target_[i] : 1.0; }
  BoxProblem problem() const {
    return {data_.rows(),
            data_.columns(),
            l2_,
            low_,
            high_,
            [this](std::span<const double> w, std::span<double> out) {
              for (std::size_t i = 0; i < out.size(); ++i)
                out[i] = (hinge_ ? 1.0 : target_[i]) - sign(i) * dot_row(data_.features.row(i), w.data(), w.size());
            },
            [this](std::size_t i, double scale, std::span<double> w) {
              add_row(scale * sign(i), data_.features.row(i), w.data(), w.size());
            }};
  }

  const Dataset& data_;
  std::size_t column_;
  double l2_, high_, low_;
  bool hinge_;
  std::span<const double> squared_norms_;
  double* w_;
  std::vector<double> alpha_, target_;
  Rounds rounds_;
};

/// Multiclass SVM summed over the other classes (Weston and Watkins 1999): a variable in [0, 1/N] per row i and class j
/// ≠ y_i, with a = (e_y − e_j) ⊗ x_i and b = margin.
class MulticlassDual final : public Dual {
 public:
  MulticlassDual(const MeanLoss& f, double margin, std::span<const double> squared_norms, double* w, std::uint64_t seed)
      : data_(f.data()),
        classes_(f.columns()),
        l2_(f.l2()),
        high_(1 / static_cast<double>(data_.rows())),
        margin_(margin),
        squared_norms_(squared_norms),
        w_(w),
        alpha_(data_.rows() * classes_, 0.0),
        score_(classes_),
        move_(classes_),
        rounds_(data_.rows(), seed) {}

  void epochs(int count) override {
    rounds_.wake_all();
    for (int e = 0; e < count; ++e) rounds_.epoch([&](std::size_t i) { return visit(i); });
  }

  double linear_term() const override { return margin_ * std::accumulate(alpha_.begin(), alpha_.end(), 0.0); }

  void finish(double most_work, const SolverClock& clock) override {
    active_set(problem(), alpha_, {w_, classes_ * data_.columns()}, most_work, clock);
  }

  void slopes_without_norm(std::span<double> out) const override {
    const std::size_t n = data_.rows();
    std::vector<double> alpha = alpha_;
    drop_norm(problem(), alpha, {w_, classes_ * data_.columns()});
    for (std::size_t i = 0; i < n; ++i) {
      double sum = 0;
      for (std::size_t k = 0; k < classes_; ++k)
        sum += out[k * n + i] = alpha[i * classes_ + k] * static_cast<double>(n);
      out[label(i) * n + i] = -sum;
    }
  }

 private:
  std::size_t label(std::size_t i) const { return static_cast<std::size_t>(data_.labels[i]); }
  /// A variable stands for the label's own class too: with no slope, it stays at 0.
  BoxProblem problem() const {
    const std::size_t n = data_.rows(), d = data_.columns();
    return {n * classes_,
            classes_ * d,
            l2_,
            0,
            high_,
            [this, n, d](std::span<const double> w, std::span<double> out) {
              std::vector<double> score(classes_);
              for (std::size_t i = 0; i < n; ++i) {
                for (std::size_t k = 0; k < classes_; ++k) score[k] = dot_row(data_.features.row(i), &w[k * d], d);
                for (std::size_t k = 0; k < classes_; ++k)
                  out[i * classes_ + k] = k == label(i) ? 0 : margin_ - (score[label(i)] - score[k]);
              }
            },
            [this, d](std::size_t t, double scale, std::span<double> w) {
              const std::size_t i = t / classes_;
              add_row(scale, data_.features.row(i), &w[label(i) * d], d);
              add_row(-scale, data_.features.row(i), &w[t % classes_ * d], d);
            }};
  }
  bool visit(std::size_t i) {
    const std::size_t d = data_.columns();
    const auto y = static_cast<std::size_t>(data_.labels[i]);
    const float* const x = data_.features.row(i);
    const double squared = squared_norms_[i];
    double* const alpha = alpha_.data() + i * classes_;
    for (std::size_t k = 0; k < classes_; ++k) score_[k] = dot_row(x, w_ + k * d, d), move_[k] = 0;
    double largest = 0;
    for (int sweep = 0; sweep < 8; ++sweep) {
      double moved = 0;
      for (std::size_t j = 0; j < classes_; ++j) {
        if (j == y) continue;
        const double slope = margin_ - (score_[y] - score_[j]);
        double next = squared > 0 ? alpha[j] + slope * l2_ / (2 * squared) : high_;
        next = std::clamp(next, 0.0, high_);
        const double change = next - alpha[j];
        if (change == 0) continue;
        alpha[j] = next;
        const double step = change / l2_;
        move_[y] += step, move_[j] -= step;
        score_[y] += step * squared, score_[j] -= step * squared;
        moved = std::max(moved, std::abs(change));
      }
      largest = std::max(largest, moved);
      if (moved <= 1e-3 * high_) break;
    }
    for (std::size_t k = 0; k < classes_; ++k)
      if (move_[k] != 0) add_row(move_[k], x, w_ + k * d, d);
    return largest > 1e-12 * high_;
  }

  const Dataset& data_;
  std::size_t classes_;
  double l2_, high_, margin_;
  std::span<const double> squared_norms_;
  double* w_;
  std::vector<double> alpha_, score_, move_;
  Rounds rounds_;
};

std::vector<double> row_norms_squared(const Dataset& data) {
  std::vector<double> norms(data.rows());
  for (std::size_t i = 0; i < norms.size(); ++i) {
    const float* const x = data.features.row(i);
    for (std::size_t j = 0; j < data.columns(); ++j) norms[i] += static_cast<double>(x[j]) * x[j];
  }
  return norms;
}

}  // namespace

bool has_dual_solver(const Loss& loss) {
  const std::string name = parse_arguments(loss.name()).name;
  return name == "hinge" || name == "absolute" || name == "multiclass_svm";
}

DualResult dual_ascent(MeanLoss& f, Team& team, double relative_gap, std::uint64_t seed, const SolverClock& clock,
                       bool stands_for_none) {
  const Arguments spec = parse_arguments(f.loss().name());
  const std::vector<double> norms = row_norms_squared(f.data());
  std::vector<double> w(f.parameters(), 0.0);
  std::vector<std::unique_ptr<Dual>> duals;
  if (spec.name == "multiclass_svm") {
    duals.push_back(std::make_unique<MulticlassDual>(f, spec.number("margin", 1), norms, w.data(), seed));
  } else {
    for (std::size_t k = 0; k < f.columns(); ++k)
      duals.push_back(
          std::make_unique<ColumnDual>(f, k, spec.name == "hinge", norms, w.data() + k * f.features(), seed + k));
  }

  DualResult best;
  best.primal = f.value(w), best.dual = 0, best.weights = w;
  double epochs_done = 0, next_finish = kFirstFinish;
  clock.note(0, best.primal);
  const auto take = [&] {
    double dual = -0.5 * f.l2() * norm_squared(w);
    for (const auto& part : duals) dual += part->linear_term();
    best.dual = std::max(best.dual, dual);
    const double primal = f.value(w);
    if (primal < best.primal) best.primal = primal, best.weights = w;
    clock.note(epochs_done, best.primal);
  };
  const auto reached = [&] { return best.gap() <= relative_gap * std::abs(best.primal) || best.gap() <= 0; };
  const auto finish = [&] {  // as much again as ascent has taken, at least what tiny problems need
    const double spent = 2 * epochs_done * static_cast<double>(f.data().rows() * f.parameters());
    const double most_work = std::max(kLeastWork, spent / static_cast<double>(duals.size()));
    team.for_each(duals.size(), [&](std::size_t k) { duals[k]->finish(most_work, clock); });
    take();
  };
  for (int count = 2; !reached() && !clock.over();) {
    team.for_each(duals.size(), [&](std::size_t k) { duals[k]->epochs(count); });
    epochs_done += count;
    take();
    count = std::min(64, count + count / 2);
    if (reached() || epochs_done < next_finish) continue;
    finish();
    next_finish = 4 * epochs_done;
  }
  if (!stands_for_none) return best;
  finish();
  best.slopes.assign(f.columns() * f.data().rows(), 0.0);
  for (const auto& part : duals) part->slopes_without_norm(best.slopes);
  return best;
}

}  // namespace descent
