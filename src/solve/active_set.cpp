#include "solve/active_set.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>

namespace descent::solve {
namespace {

constexpr std::size_t kMostFree = 4000;
constexpr double kSame = 1e-12;  // relative to the distance of the bounds: a variable closer to a bound counts as at it
constexpr double kFlat = 1e-9;   // slopes outside the span of K that are larger than this count
constexpr double kRank = 1e-12;
// times the allowed work: not begun if a round per variable that is free at first would take more
constexpr double kHopeless = 2;

/// The factorisation of the free variables' vectors a: K = A Aᵀ = Q T Tᵀ Qᵀ.
class FreeRows {
 public:
  FreeRows(const BoxProblem& problem, const std::vector<std::size_t>& free)
      : rows_(static_cast<Eigen::Index>(free.size()), static_cast<Eigen::Index>(problem.weights)) {
    std::vector<double> a(problem.weights);
    for (std::size_t r = 0; r < free.size(); ++r) {
      std::fill(a.begin(), a.end(), 0.0);
      problem.add(free[r], 1, a);
      rows_.row(static_cast<Eigen::Index>(r)) =
          Eigen::Map<const Eigen::RowVectorXd>(a.data(), static_cast<Eigen::Index>(a.size()));
    }
    factor_.setThreshold(kRank);
    factor_.compute(rows_);
  }
  /// Splits q into the part in the span of K and the rest. Returns the solution of K s = q for the first part, and the
  /// rest.
  std::pair<Eigen::VectorXd, Eigen::VectorXd> solve(const Eigen::VectorXd& q) const {
    const Eigen::Index rank = factor_.rank();
    const Eigen::VectorXd turned = factor_.householderQ().adjoint() * q;
    Eigen::VectorXd inside = Eigen::VectorXd::Zero(q.size()), outside = turned;
    outside.head(rank).setZero();
    const auto t = factor_.matrixT().topLeftCorner(rank, rank).template triangularView<Eigen::Upper>();
    inside.head(rank) = t.transpose().solve(t.solve(turned.head(rank)).eval());
    return {factor_.householderQ() * inside, factor_.householderQ() * outside};
  }
  /// The shortest v with A v nearest to q.
  Eigen::VectorXd fit(const Eigen::VectorXd& q) const { return factor_.solve(q); }

 private:
  Eigen::MatrixXd rows_;
  Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> factor_;
};

}  // namespace

bool active_set(const BoxProblem& problem, std::vector<double>& alpha, std::span<double> w, double most_work,
                const SolverClock& clock) {
  const double width = problem.high - problem.low;
  const auto all = static_cast<double>(problem.variables), wide = static_cast<double>(problem.weights);
  std::vector<std::size_t> free;
  for (std::size_t t = 0; t < alpha.size(); ++t) {
    if (alpha[t] <= problem.low + kSame * width) alpha[t] = problem.low;
    if (alpha[t] >= problem.high - kSame * width) alpha[t] = problem.high;
    if (alpha[t] > problem.low && alpha[t] < problem.high) free.push_back(t);
  }
  std::vector<double> slopes(problem.variables);
  double work = 0, longest = 0;
  for (;;) {
    set_weights(problem, alpha, w);
    const double few = static_cast<double>(free.size());
    const double round = 2 * all * wide + 2 * few * wide * std::min(few, wide);
    if (work == 0 && few * round > kHopeless * most_work) return false;
    work += round;
    if (free.size() > kMostFree || work > most_work || clock.over()) return false;
    problem.slopes(w, slopes);
    if (!free.empty()) {
      const FreeRows rows(problem, free);
      const auto gather = [&] {
        Eigen::VectorXd q(static_cast<Eigen::Index>(free.size()));
        for (std::size_t r = 0; r < free.size(); ++r) q(static_cast<Eigen::Index>(r)) = slopes[free[r]];
        return q;
      };
      auto [inside, outside] = rows.solve(gather());
      const bool flat = outside.lpNorm<Eigen::Infinity>() > kFlat;
      const Eigen::VectorXd step = flat ? outside : Eigen::VectorXd(problem.l2 * inside);
      double reach = flat ? std::numeric_limits<double>::infinity() : 1;
      std::size_t first = free.size();
      for (std::size_t r = 0; r < free.size(); ++r) {
        const double s = step(static_cast<Eigen::Index>(r));
        if (s == 0) continue;
        const double room = ((s > 0 ? problem.high : problem.low) - alpha[free[r]]) / s;
        if (room < reach) reach = room, first = r;
      }
      for (std::size_t r = 0; r < free.size(); ++r)
        alpha[free[r]] =
            std::clamp(alpha[free[r]] + reach * step(static_cast<Eigen::Index>(r)), problem.low, problem.high);
      if (first < free.size()) {
        alpha[free[first]] = step(static_cast<Eigen::Index>(first)) > 0 ? problem.high : problem.low;
        std::erase_if(free, [&](std::size_t t) { return alpha[t] == problem.low || alpha[t] == problem.high; });
        continue;
      }
      set_weights(problem, alpha, w);
      problem.slopes(w, slopes);
      const Eigen::VectorXd more = rows.fit(gather());
      for (std::size_t j = 0; j < w.size(); ++j) w[j] += more(static_cast<Eigen::Index>(j));
      problem.slopes(w, slopes);
    }
    if (longest == 0) {  // largest squared length of any a: the scale of rounding in a slope
      std::vector<double> a(problem.weights);
      for (std::size_t t = 0; t < problem.variables; ++t) {
        std::fill(a.begin(), a.end(), 0.0);
        problem.add(t, 1, a);
        longest = std::max(longest, norm_squared(a));
      }
    }
    double most = std::max(1e-11, 1e-17 * longest / problem.l2);
    std::size_t next = problem.variables;
    for (std::size_t t = 0; t < problem.variables; ++t) {
      const double gain = alpha[t] == problem.low ? slopes[t] : alpha[t] == problem.high ? -slopes[t] : 0;
      if (gain > most) most = gain, next = t;
    }
    if (next == problem.variables) return true;
    free.push_back(next);
  }
}

void drop_norm(const BoxProblem& problem, std::vector<double>& alpha, std::span<const double> w) {
  std::vector<std::size_t> free;
  for (std::size_t t = 0; t < alpha.size(); ++t)
    if (alpha[t] > problem.low && alpha[t] < problem.high) free.push_back(t);
  if (free.empty() || free.size() > kMostFree) return;
  // Now Σ α a = l2 w. Moving the free variables by the s with K s = A w makes this sum 0, as far as their span allows.
  std::vector<double> at_w(problem.variables), at_zero(problem.variables);
  problem.slopes(w, at_w);
  problem.slopes(std::vector<double>(problem.weights, 0.0), at_zero);
  Eigen::VectorXd products(static_cast<Eigen::Index>(free.size()));
  for (std::size_t r = 0; r < free.size(); ++r)
    products(static_cast<Eigen::Index>(r)) = at_zero[free[r]] - at_w[free[r]];
  const Eigen::VectorXd step = FreeRows(problem, free).solve(products).first;
  for (std::size_t r = 0; r < free.size(); ++r) alpha[free[r]] -= problem.l2 * step(static_cast<Eigen::Index>(r));
}

}  // namespace descent::solve
