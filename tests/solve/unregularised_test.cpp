#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "descent/core/random.hpp"
#include "descent/solve/optimum.hpp"
#include "record/words.hpp"
#include "solve/duality.hpp"

// With l2 = 0 there may be no minimiser. What is then known of f*?
namespace descent::solve {
namespace {

Optimum solve(const data::Dataset& data, const char* name, double l2) {
  machine::Team team({.threads = 1, .pin = false, .oversubscribe = true});
  return solve_optimum(data, *loss::make_loss(name), l2, team, {});
}

data::Dataset table(const std::vector<std::vector<float>>& rows, const std::vector<std::int32_t>& labels,
                    int classes = 2) {
  data::Dataset data;
  data.classes = classes;
  data.features = core::Matrix<float>(rows.size(), rows[0].size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < rows[i].size(); ++j) data.features(i, j) = rows[i][j];
  data.labels = labels;
  return data;
}

/// Rows of one feature, with labels 0 and 1.
data::Dataset line(const std::vector<float>& x, const std::vector<std::int32_t>& labels) {
  std::vector<std::vector<float>> rows;
  for (const float value : x) rows.push_back({value});
  return table(rows, labels);
}

/// The number that the note gives after "infimum ".
double infimum(const Optimum& found) {
  const std::size_t at = found.note.rfind("infimum ");
  return at == std::string::npos ? std::nan("") : std::stod(found.note.substr(at + 8));
}

// Class 0 can be separated from the others, so that its rows add nothing to the infimum. The other three rows are equal
// and have the labels 1, 1 and 2: what is left is the entropy of 2 : 1, for 3 of 5 rows.
TEST(Unregularised, SoftmaxWithOneSeparableClassApproachesWhatIsLeft) {
  const data::Dataset data = table({{1, 0}, {2, 0}, {0, 1}, {0, 1}, {0, 1}}, {0, 0, 1, 1, 2}, 3);
  const Optimum found = solve(data, "softmax_cross_entropy", 0);
  EXPECT_EQ(found.kind, "none");
  EXPECT_FALSE(found.value);
  EXPECT_NEAR(infimum(found), 0.6 * (std::log(3) - 2 * std::log(2) / 3), 1e-9) << found.note;
  // One versus rest: class 0 is separable. Classes 1 and 2 can each be separated from the first two rows, and are mixed
  // 2 : 1 in the last three.
  EXPECT_NEAR(infimum(solve(data, "logistic", 0)), 1.2 * (std::log(3) - 2 * std::log(2) / 3), 1e-9);
  EXPECT_EQ(solve(data, "multiclass_squared_svm", 0).kind, "certified") << "this loss has a minimiser";
}

// There is no minimiser if some direction separates some rows and puts no row on the wrong side. In two dimensions such
// a direction can be turned until it is orthogonal to a row or along one, so that it is enough to try these. The
// features are small whole numbers, for which all products are exact.
TEST(Unregularised, IsToldFromADirectionThatEnumerationFinds) {
  core::CounterRandom random(11, core::Purpose::data);
  int with = 0, without = 0;
  for (int trial = 0; trial < 300; ++trial) {
    const std::size_t n = 3 + random.next_below(6);
    std::vector<std::vector<float>> rows;
    std::vector<std::int32_t> labels;
    for (std::size_t i = 0; i < n; ++i) {
      const auto whole = [&] { return static_cast<float>(random.next_below(7)) - 3; };
      rows.push_back({whole(), whole()});
      const bool right = rows[i][0] + 0.5F * rows[i][1] > 0;
      labels.push_back(random.next_below(5) == 0 ? !right : right);
    }
    bool exists = false;
    for (std::size_t i = 0; i < n; ++i)
      for (const auto& [a, b] : {std::pair{rows[i][0], rows[i][1]}, {rows[i][1], -rows[i][0]}})
        for (const float sign : {1.0F, -1.0F}) {
          bool none_off = true, some = false;
          for (std::size_t r = 0; r < n; ++r) {
            const float margin = sign * (a * rows[r][0] + b * rows[r][1]) * (labels[r] == 1 ? 1.0F : -1.0F);
            none_off = none_off && margin >= 0, some = some || margin > 0;
          }
          exists = exists || (none_off && some);
        }
    ++(exists ? with : without);
    for (const char* name : {"logistic", "exponential", "softmax_cross_entropy"})
      EXPECT_EQ(solve(table(rows, labels), name, 0).kind, exists ? "none" : "certified") << name << " trial " << trial;
  }
  EXPECT_GT(with, 50);
  EXPECT_GT(without, 50);
}

// Adding a copy of a column, the sum of two columns and a second constant changes nothing that weights can express. So
// f* is the same, although its weights are not unique.
TEST(Unregularised, IsCertifiedWhereWeightsAreNotUnique) {
  core::CounterRandom random(3, core::Purpose::data);
  std::vector<std::vector<float>> plain, deficient;
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 90; ++i) {
    const float a = static_cast<float>(random.next_below(64)) / 64, b = static_cast<float>(random.next_below(64)) / 64;
    plain.push_back({a, b, 1});
    deficient.push_back({a, b, 1, a, a + b, 2});
    labels.push_back(static_cast<std::int32_t>(random.next_below(3)));
  }
  for (const std::string& name : loss::LossRegistry::instance().names()) {
    const auto loss = loss::make_loss(name);
    if (!loss->traits().convex || !loss->traits().smooth) continue;
    const Optimum one = solve(table(plain, labels, 3), name.c_str(), 0);
    const Optimum other = solve(table(deficient, labels, 3), name.c_str(), 0);
    for (const Optimum* found : {&one, &other}) {
      EXPECT_EQ(found->kind, "certified") << name;
      EXPECT_TRUE(found->gap && *found->gap <= 1e-12 * *found->value) << name << ' ' << found->note;
      EXPECT_EQ(found->note, "") << name;
    }
    EXPECT_NEAR(*one.value, *other.value, 1e-12) << name;
  }
}

// At weights that are 1e-4 from the optimum, the gradient times the length of the weights would give a bound about 1e-4
// too low. The bound after a Newton step is off by the square of the distance.
TEST(Unregularised, BoundIsOfSecondOrder) {
  core::CounterRandom random(4, core::Purpose::data);
  std::vector<std::vector<float>> rows;
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 80; ++i) {
    const auto next = [&] { return static_cast<float>(random.next_below(64)) / 64; };
    rows.push_back({next(), next(), 1, 1});
    labels.push_back(static_cast<std::int32_t>(random.next_below(3)));
  }
  const data::Dataset data = table(rows, labels, 3);
  machine::Team team({.threads = 1});
  std::vector<record::SolverPoint> passage;
  const SolverClock clock{60, nullptr, passage};
  for (const std::string& name : loss::LossRegistry::instance().names()) {
    const auto loss = loss::make_loss(name);
    if (!loss->traits().convex || !loss->traits().smooth) continue;
    const Optimum found = solve(data, name.c_str(), 0);
    std::vector<double> w = found.weights;
    for (double& entry : w) entry += 1e-4 * random.next_normal();
    MeanLoss f(data, *loss, 0, team);
    const auto bound = newton_bound(f, w, clock);
    ASSERT_TRUE(bound) << name;
    EXPECT_TRUE(*bound <= *found.value + 1e-14 && *bound >= *found.value - 1e-6)
        << name << ' ' << *found.value - *bound;
  }
}

// One direction separates the rows at ±1, and the rows at 0 lie on its border. Weights grow without end along this
// direction.
TEST(Unregularised, OnQuasiSeparableDataIsRecognised) {
  data::Dataset data;
  data.classes = 2;
  data.features = core::Matrix<float>(8, 2);
  const float x[8][2] = {{1, 1}, {2, -1}, {-1, 1}, {-2, -1}, {0, 1}, {0, 1}, {0, 1}, {0, -1}};
  data.labels = {1, 1, 0, 0, 1, 0, 1, 0};
  for (std::size_t i = 0; i < 8; ++i)
    for (std::size_t j = 0; j < 2; ++j) data.features(i, j) = x[i][j];
  for (const char* name : {"logistic", "softmax_cross_entropy", "binary_cross_entropy"}) {
    const Optimum found = solve(data, name, 0);
    EXPECT_EQ(found.kind, "none") << name;
    EXPECT_FALSE(found.value) << name;
  }
  EXPECT_EQ(solve(data, "squared_hinge", 0).kind, "certified") << "this loss has a minimiser";
  EXPECT_EQ(solve(data, "logistic", 1e-3).kind, "certified");
  data.labels[0] = 0;  // now no direction separates rows
  EXPECT_EQ(solve(data, "logistic", 0).kind, "certified");
}

TEST(Unregularised, OnSeparableDataIsRecognised) {
  const data::Dataset data = line({1, 2, -1, -3}, {1, 1, 0, 0});
  const Optimum logistic = solve(data, "logistic", 0);
  EXPECT_EQ(logistic.kind, "none");
  EXPECT_FALSE(logistic.value);
  const Optimum hinge = solve(data, "hinge", 0);
  EXPECT_EQ(hinge.kind, "certified");
  EXPECT_EQ(*hinge.value, 0);
  EXPECT_EQ(solve(line({1, 2, -1, -3}, {1, 0, 0, 1}), "logistic", 0).kind, "certified");
}

TEST(Unregularised, IsTheValueOfItsOwnWeights) {
  const data::Dataset data = line({0.3F, 2.7F, -0.1F, -3.3F, 0.7F}, {1, 1, 0, 0, 1});
  machine::Team team({.threads = 1});
  for (const char* name :
       {"hinge", "squared_hinge", "multiclass_svm", "multiclass_squared_svm", "multiclass_svm(margin=1000)"}) {
    const Optimum found = solve(data, name, 0);
    EXPECT_EQ(found.kind, "certified") << name;
    EXPECT_EQ(*found.value, 0) << name;
    EXPECT_EQ(exact_value(data, *loss::make_loss(name), 0, found.weights, team), 0) << name;
  }
}

// On such rows the sigmoid loss comes close to 0 only for infinite weights. With l2 it has a minimiser.
TEST(Unregularised, NonConvexLossSaysWhereItsInfimumMayLie) {
  const data::Dataset data = line({1, 2, -1, -3}, {1, 1, 0, 0});
  const Optimum found = solve(data, "sigmoid", 0);
  EXPECT_EQ(found.kind, "best_known");
  EXPECT_TRUE(*found.value >= 0 && *found.value < 1e-6) << *found.value;
  EXPECT_NE(found.note.find("infinite weights"), std::string::npos) << found.note;
  EXPECT_EQ(solve(data, "sigmoid", 1e-3).note.find("infinite weights"), std::string::npos);
}

}  // namespace
}  // namespace descent::solve
