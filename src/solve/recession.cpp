#include "solve/recession.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>

namespace descent::solve {
namespace {

// the size of a QR factorisation, which is repeated for each direction that is added
constexpr std::size_t kMostWeights = 512;
// relative to the lengths of the margin's direction and of the direction tested
constexpr double kHarmless = 1e-9;
constexpr double kStillMoving = 1e-3;  // relative; if a minimiser exists, weights move less than this near the end
// likewise; far above kHarmless, so that rounding is not taken for a positive margin
constexpr double kPositive = 1e-6;

/// The margins of all rows as unit vectors a_t over the weights, and their products with a direction. Each
/// one-versus-rest output has its own margins.
class Margins {
 public:
  explicit Margins(MeanLoss& f)
      : f_(f),
        multiclass_(f.loss().traits().family == loss::LossTraits::Family::multiclass),
        scores_(f.outputs() * f.data().rows()),
        lengths_(f.data().rows()) {
    for (std::size_t i = 0; i < lengths_.size(); ++i)
      lengths_[i] = std::sqrt((multiclass_ ? 2.0 : 1.0) * row(i).cast<double>().squaredNorm());
  }
  bool multiclass() const { return multiclass_; }

  /// Calls visit(row, output, a_t · w) for every margin; if `unit`, rows of zeros are left out.
  template <class Visit>
  void each(std::span<const double> w, bool unit, const Visit& visit) {
    const data::Dataset& data = f_.data();
    const std::size_t n = data.rows();
    f_.scores(w, scores_);
    for (std::size_t i = 0; i < n; ++i) {
      if (unit && lengths_[i] == 0) continue;
      const double scale = unit ? 1 / lengths_[i] : 1;
      for (std::size_t k = 0; k < f_.outputs(); ++k) {
        if (multiclass_ && k == label(i)) continue;
        const double s = scores_[k * n + i];
        visit(i, k, scale * (multiclass_ ? scores_[label(i) * n + i] - s : sign(i, k) * s));
      }
    }
  }
  /// out += a_t
  void add(std::size_t i, std::size_t k, Eigen::Ref<Eigen::VectorXd> out) const {
    const auto d = static_cast<Eigen::Index>(f_.features());
    const Eigen::VectorXd x = row(i).cast<double>() / lengths_[i];
    if (multiclass_) {
      out.segment(static_cast<Eigen::Index>(label(i)) * d, d) += x;
      out.segment(static_cast<Eigen::Index>(k) * d, d) -= x;
    } else {
      out.segment(static_cast<Eigen::Index>(k) * d, d) += sign(i, k) * x;
    }
  }

 private:
  Eigen::VectorXf row(std::size_t i) const {
    Eigen::VectorXf x(static_cast<Eigen::Index>(f_.features()));
    f_.data().features.storage().read(i, x.data());
    return x;
  }
  std::size_t label(std::size_t i) const { return static_cast<std::size_t>(f_.data().labels[i]); }
  double sign(std::size_t i, std::size_t k) const {
    return (f_.outputs() == 1 ? label(i) == 1 : label(i) == k) ? 1.0 : -1.0;
  }

  MeanLoss& f_;
  bool multiclass_;
  std::vector<double> scores_, lengths_;
};

/// Is every margin along `direction` at least 0, up to `harmless`, and some margin above `positive`?
bool harms_none(Margins& margins, std::span<const double> direction, double harmless, double positive) {
  double least = 0, most = 0;
  margins.each(direction, true, [&](std::size_t, std::size_t, double margin) {
    least = std::min(least, margin), most = std::max(most, margin);
  });
  const double length = std::sqrt(norm_squared(direction));
  return length > 0 && least >= -harmless * length && most >= positive * length;
}

struct Term {
  std::size_t row, output;
};

/// Computes the shortest Σ u_t a_t over u ≥ 1, with the t of output `only`, or all. `shortest` has the length of all
/// weights. Returns false if the clock has run out. Inside, `taken` are the directions with u_t > 1, which are
/// independent.
bool shortest_sum(Margins& margins, std::size_t outputs, std::size_t only, Eigen::VectorXd& shortest,
                  const SolverClock& clock) {
  const Eigen::Index size = shortest.size();
  const auto counts = [&](std::size_t k) { return only == outputs || k == only; };
  const auto as_span = [](const Eigen::VectorXd& v) {
    return std::span<const double>(v.data(), static_cast<std::size_t>(v.size()));
  };
  Eigen::VectorXd ones = Eigen::VectorXd::Zero(size);
  double terms = 0;
  margins.each(as_span(ones), true, [&](std::size_t i, std::size_t k, double) {
    if (counts(k)) margins.add(i, k, ones), ++terms;
  });
  shortest = ones;
  std::vector<Term> taken, refused;
  Eigen::MatrixXd basis(size, size);  // its first columns belong to `taken`
  Eigen::VectorXd above(0);           // u − 1
  for (Eigen::Index round = 0; round < 10 * size + 100; ++round) {
    if (clock.over()) return false;
    if (shortest.norm() <= kHarmless * terms) break;
    double least = -0.1 * kHarmless * shortest.norm();
    Term next{};
    bool found = false;
    margins.each(as_span(shortest), true, [&](std::size_t i, std::size_t k, double product) {
      const auto same = [&](const Term& t) { return t.row == i && t.output == k; };
      if (product >= least || !counts(k) || std::any_of(taken.begin(), taken.end(), same) ||
          std::any_of(refused.begin(), refused.end(), same))
        return;
      least = product, next = {i, k}, found = true;
    });
    if (!found || static_cast<Eigen::Index>(taken.size()) == size) return true;
    basis.col(static_cast<Eigen::Index>(taken.size())).setZero();
    margins.add(next.row, next.output, basis.col(static_cast<Eigen::Index>(taken.size())));
    taken.push_back(next);
    above.conservativeResize(above.size() + 1);
    above(above.size() - 1) = 0;
    for (bool fresh = true;; fresh = false) {
      const auto used = basis.leftCols(static_cast<Eigen::Index>(taken.size()));
      const Eigen::HouseholderQR<Eigen::MatrixXd> qr(used);
      const Eigen::VectorXd solved = qr.solve(-ones);
      if (fresh && !(solved(solved.size() - 1) > 0)) {  // by rounding: this direction depends on the others
        taken.pop_back(), above.conservativeResize(above.size() - 1), refused.push_back(next);
        break;
      }
      double reach = 1;
      for (Eigen::Index t = 0; t < solved.size(); ++t)
        if (!(solved(t) > 0)) reach = std::min(reach, above(t) / (above(t) - solved(t)));
      above += reach * (solved - above);
      if (reach == 1) {
        Eigen::VectorXd rest = qr.householderQ().adjoint() * ones;
        rest.head(used.cols()).setZero();
        shortest = qr.householderQ() * rest;
        refused.clear();
        break;
      }
      std::vector<Term> kept;
      for (Eigen::Index t = 0; t < solved.size(); ++t) {
        if (!(solved(t) > 0) && above(t) <= 1e-12 * above.maxCoeff()) continue;
        const auto to = static_cast<Eigen::Index>(kept.size());
        basis.col(to) = basis.col(t).eval(), above(to) = above(t);
        kept.push_back(taken[static_cast<std::size_t>(t)]);
      }
      above.conservativeResize(static_cast<Eigen::Index>(kept.size()));
      taken.swap(kept);
      if (taken.empty()) break;
    }
  }
  return true;
}

}  // namespace

bool separates(MeanLoss& f, std::span<const double> w) {
  double least = std::numeric_limits<double>::infinity();
  Margins(f).each(w, false, [&](std::size_t, std::size_t, double margin) { least = std::min(least, margin); });
  return least > 0;
}

Recession find_recession(MeanLoss& f, const SolverClock& clock) {
  Margins margins(f);
  Recession result;
  const std::size_t parts = margins.multiclass() ? 1 : f.outputs();  // parts that are independent of each other
  if (f.parameters() / parts > kMostWeights) return result;
  const auto size = static_cast<Eigen::Index>(f.parameters());
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(size), shortest(size);
  for (std::size_t part = 0; part < parts; ++part) {
    if (!shortest_sum(margins, f.outputs(), margins.multiclass() ? f.outputs() : part, shortest, clock)) return result;
    if (harms_none(margins, {shortest.data(), f.parameters()}, kHarmless, kPositive)) sum += shortest.normalized();
  }
  result.finished = true;
  if (sum.norm() > 0) result.direction.assign(sum.data(), sum.data() + size);
  return result;
}

bool moves_for_ever(MeanLoss& f, std::span<const double> before, std::span<const double> after) {
  std::vector<double> direction(after.begin(), after.end());
  for (std::size_t j = 0; j < direction.size(); ++j) direction[j] -= before[j];
  if (norm_squared(direction) < kStillMoving * kStillMoving * norm_squared(after)) return false;
  Margins margins(f);
  double least = 0, most = 0;
  margins.each(direction, false, [&](std::size_t, std::size_t, double margin) {
    least = std::min(least, margin), most = std::max(most, margin);
  });
  return most > 0 && least >= -kStillMoving * most;
}

}  // namespace descent::solve
