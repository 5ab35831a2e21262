#include "solve/proximal_newton.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "descent/core/random.hpp"
#include "descent/solve/optimum.hpp"
#include "solve/active_set.hpp"

namespace descent::solve {
namespace {

/// The hinge loss (0 ≤ α ≤ 1/n, a = y x, b = 1) or the absolute loss (|α| ≤ 1/n, a = x, b = y) of rows in double.
struct Rows {
  std::vector<std::vector<double>> x;
  std::vector<double> y;
  bool hinge;
  double l2;

  BoxProblem problem() const {
    const auto n = static_cast<double>(x.size());
    const auto sign = [this](std::size_t t) { return hinge ? y[t] : 1.0; };
    return {x.size(),
            x[0].size(),
            l2,
            hinge ? 0 : -1 / n,
            1 / n,
            [this, sign](std::span<const double> w, std::span<double> out) {
              for (std::size_t t = 0; t < x.size(); ++t) out[t] = (hinge ? 1 : y[t]) - sign(t) * dot(x[t], w);
            },
            [this, sign](std::size_t t, double scale, std::span<double> w) {
              for (std::size_t j = 0; j < w.size(); ++j) w[j] += scale * sign(t) * x[t][j];
            },
            [this](std::span<const double> scale, std::span<double> out) {
              const std::size_t d = x[0].size();
              for (std::size_t t = 0; t < x.size(); ++t)
                for (std::size_t j = 0; j < d; ++j)
                  for (std::size_t i = j; i < d; ++i) out[j * d + i] += scale[t] * x[t][i] * x[t][j];
            },
            n * static_cast<double>(x[0].size() * x[0].size()) / 2};
  }
  double primal(std::span<const double> w) const {
    double sum = 0;
    for (std::size_t t = 0; t < x.size(); ++t)
      sum += hinge ? std::max(0.0, 1 - y[t] * dot(x[t], w)) : std::abs(y[t] - dot(x[t], w));
    return sum / static_cast<double>(x.size()) + 0.5 * l2 * norm_squared(w);
  }
  double dual(std::span<const double> alpha) const {
    std::vector<double> sum(x[0].size());
    double linear = 0;
    for (std::size_t t = 0; t < x.size(); ++t) {
      linear += alpha[t] * (hinge ? 1 : y[t]);
      for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += alpha[t] * (hinge ? y[t] : 1) * x[t][j];
    }
    return linear - norm_squared(sum) / (2 * l2);
  }
};

Rows random_rows(std::size_t n, std::size_t d, bool hinge, double l2, std::uint64_t seed) {
  core::CounterRandom random(seed, core::Purpose::data);
  Rows rows{std::vector<std::vector<double>>(n, std::vector<double>(d)), std::vector<double>(n), hinge, l2};
  for (std::size_t t = 0; t < n; ++t) {
    for (double& entry : rows.x[t]) entry = random.next_normal();
    rows.x[t][0] = 1;
    rows.y[t] = rows.x[t][1] + random.next_normal() > 0 ? 1 : -1;
  }
  return rows;
}

struct Solved {
  std::vector<double> alpha, w;
  bool done;
};

Solved solve(const Rows& rows, double relative_gap, std::vector<double> alpha) {
  std::vector<record::SolverPoint> passage;
  Solved solved{std::move(alpha), std::vector<double>(rows.x[0].size()), false};
  solved.done = proximal_newton(rows.problem(), solved.alpha, solved.w, relative_gap, {60, nullptr, passage});
  return solved;
}

std::vector<double> zeros(const Rows& rows) { return std::vector<double>(rows.x.size()); }

// The primal and the dual value, which are computed here and not by the solver, are bounds of f*.
TEST(ProximalNewton, BracketsTheOptimumAsCloselyAsAsked) {
  for (const bool hinge : {true, false})
    for (const double l2 : {1e-2, 1e-4, 1e-7}) {
      const Rows rows = random_rows(500, 8, hinge, l2, 3);
      const Solved solved = solve(rows, 1e-9, zeros(rows));
      const BoxProblem box = rows.problem();
      EXPECT_TRUE(solved.done) << hinge << ' ' << l2;
      const double primal = rows.primal(solved.w), dual = rows.dual(solved.alpha);
      EXPECT_LE(primal - dual, 2e-9 * primal) << hinge << ' ' << l2;
      EXPECT_GE(primal - dual, -1e-12) << hinge << ' ' << l2;
      for (const double alpha : solved.alpha) EXPECT_TRUE(alpha >= box.low && alpha <= box.high);
    }
}

// The median of 1, 2, 4, 8, 100 is 4. There Σ|y − w|/5 = 21, and the l2 term adds 8 l2.
TEST(ProximalNewton, AbsoluteLossOfAConstantGivesTheMedian) {
  Rows rows{{{1}, {1}, {1}, {1}, {1}}, {1, 2, 4, 8, 100}, false, 1e-6};
  const Solved solved = solve(rows, 1e-10, zeros(rows));
  EXPECT_NEAR(solved.w[0], 4, 1e-6);
  EXPECT_NEAR(rows.dual(solved.alpha), 21 + 8e-6, 1e-8);
}

TEST(ProximalNewton, EndsWhereTheActiveSetDoes) {
  std::vector<record::SolverPoint> passage;
  for (const bool hinge : {true, false}) {
    const Rows rows = random_rows(300, 5, hinge, 1e-3, 8);
    std::vector<double> alpha = zeros(rows), w(5);
    ASSERT_TRUE(active_set(rows.problem(), alpha, w, 1e12, {60, nullptr, passage}));
    const Solved solved = solve(rows, 1e-11, zeros(rows));
    for (std::size_t j = 0; j < w.size(); ++j) EXPECT_NEAR(solved.w[j], w[j], 1e-5);
    EXPECT_NEAR(rows.dual(solved.alpha), rows.dual(alpha), 1e-11);
  }
}

// Every feature occurs twice. Without l2, the matrix of the equations for the weights would have no inverse.
TEST(ProximalNewton, BearsFeaturesThatDependOnEachOther) {
  Rows rows = random_rows(400, 4, false, 1e-6, 5);
  for (auto& row : rows.x) row.insert(row.end(), row.begin(), row.begin() + 4);
  const Solved solved = solve(rows, 1e-8, zeros(rows));
  EXPECT_LE(rows.primal(solved.w) - rows.dual(solved.alpha), 2e-8 * rows.primal(solved.w));
}

TEST(ProximalNewton, NeverLosesDualValueThatItWasGiven) {
  const Rows rows = random_rows(300, 6, true, 1e-4, 11);
  const Solved best = solve(rows, 1e-12, zeros(rows));
  const Solved again = solve(rows, 1e-30, best.alpha);  // a gap that cannot be reached
  EXPECT_GE(rows.dual(again.alpha), rows.dual(best.alpha));
  EXPECT_FALSE(again.done);
}

/// Rows of a constant and of features that are mostly 0, in which one label is much more frequent than the others. With
/// a small l2, most rows lie on kinks at the optimum.
data::Dataset mostly_on_kinks(std::size_t rows, std::size_t features, int classes) {
  core::CounterRandom random(4, core::Purpose::data);
  data::Dataset data;
  data.classes = classes;
  data.features = core::Matrix<float>(rows, features);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j + 1 < features; ++j)
      data.features(i, j) = random.next_below(10) == 0 ? static_cast<float>(random.next_normal()) * 20 : 0;
    data.features(i, features - 1) = 1;
    const bool rare = random.next_below(10) == 0 || data.features(i, 0) > 0;
    data.labels.push_back(rare ? 1 + static_cast<std::int32_t>(i) % (classes - 1) : 0);
  }
  return data;
}

// At this l2, coordinate ascent would take thousands of epochs. At the optimum more than 4,000 rows (or pairs of a row
// and a class) lie between their bounds, which is too many for the active set.
TEST(ProximalNewton, FinishesWhereTheActiveSetDoesNotBegin) {
  machine::Team team({.threads = 1, .pin = false, .oversubscribe = true});
  OptimumOptions options;
  options.kinked_relative_gap = 0.05;
  options.kinked_gap_share = 1e-8;
  options.max_seconds = 30;
  for (const bool multiclass : {false, true}) {
    const data::Dataset data = mostly_on_kinks(9000, multiclass ? 20 : 40, multiclass ? 4 : 2);
    const auto loss = loss::make_loss(multiclass ? "multiclass_svm" : "absolute");
    const Optimum found = solve_optimum(data, *loss, 1e-5, team, options);
    EXPECT_EQ(found.note, "") << multiclass;
    EXPECT_EQ(found.solver, "dual coordinate ascent + Newton") << multiclass;
    ASSERT_TRUE(found.gap.has_value());
    EXPECT_LE(*found.gap, 1e-8 * ((multiclass ? 3 : 1) - *found.value)) << multiclass;
    EXPECT_LE(found.passage.back().passes, 400) << multiclass;
  }
}

// Both options bound the gap, and the smaller bound holds: here it is the share of f(0) − f*. With the looser bound,
// coordinate ascent alone is enough.
TEST(ProximalNewton, GapIsTheLesserOfTheTwoAskedFor) {
  const Rows made = random_rows(3000, 12, true, 1e-3, 2);
  data::Dataset data;
  data.classes = 2;
  data.features = core::Matrix<float>(made.x.size(), 12);
  for (std::size_t i = 0; i < data.rows(); ++i) {
    for (std::size_t j = 0; j < 12; ++j) data.features(i, j) = static_cast<float>(made.x[i][j]);
    data.labels.push_back(made.y[i] > 0 ? 1 : 0);
  }
  machine::Team team({.threads = 1, .pin = false, .oversubscribe = true});
  OptimumOptions options;
  options.kinked_relative_gap = 0.05;
  const Optimum loose = solve_optimum(data, *loss::make_loss("hinge"), 1e-3, team, options);
  options.kinked_gap_share = 1e-5;
  const Optimum tight = solve_optimum(data, *loss::make_loss("hinge"), 1e-3, team, options);
  EXPECT_LE(*loose.gap, 0.05 * *loose.value);
  EXPECT_GT(*loose.gap, 1e-5 * (1 - *loose.value));
  EXPECT_LE(*tight.gap, 1e-5 * (1 - *tight.value));
  EXPECT_LT(loose.passage.back().passes, tight.passage.back().passes);
}

}  // namespace
}  // namespace descent::solve
