#include "descent/solve/optimum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "descent/core/random.hpp"
#include "descent/data/source.hpp"
#include "record/words.hpp"

namespace descent::solve {
namespace {

data::Split synth_a(const char* task) {
  data::LoadOptions options;
  options.bias = false;
  return data::load(std::string("synthetic:synthA?task=") + task, options);
}

Optimum solve(const data::Dataset& data, const char* name, double l2, int threads = 1) {
  machine::Team team({.threads = threads, .pin = false, .oversubscribe = true});
  return solve_optimum(data, *loss::make_loss(name), l2, team, {});
}

/// Rows of one feature, with labels 0 and 1.
data::Dataset line(const std::vector<float>& x, const std::vector<std::int32_t>& labels) {
  data::Dataset data;
  data.classes = 2;
  data.features = core::Matrix<float>(x.size(), 1);
  for (std::size_t i = 0; i < x.size(); ++i) data.features(i, 0) = x[i];
  data.labels = labels;
  return data;
}

/// The minimum of a convex function of one weight, by golden-section search.
double minimum_of_line(const data::Dataset& data, const loss::Loss& loss, double l2) {
  const auto f = [&](double w) {
    double sum = 0;
    for (std::size_t i = 0; i < data.rows(); ++i) {
      const double score = w * static_cast<double>(data.features(i, 0));
      sum += loss.value({&score, 1}, data.labels[i]);
    }
    return sum / static_cast<double>(data.rows()) + 0.5 * l2 * w * w;
  };
  double low = -50, high = 50;
  for (int i = 0; i < 300; ++i) {
    const double a = low + 0.382 * (high - low), b = low + 0.618 * (high - low);
    (f(a) < f(b) ? high : low) = f(a) < f(b) ? b : a;
  }
  return f(0.5 * (low + high));
}

// The known optima of synthA are for features in float64. Here they are stored as float32, which changes the ninth
// digit.
TEST(Optimum, OfSynthAIsTheKnownOne) {
  const data::Split binary = synth_a("binary"), multi = synth_a("multiclass");
  EXPECT_NEAR(*solve(binary.training, "logistic", 0.01).value, .4571855103577, 4e-9);
  EXPECT_NEAR(*solve(binary.training, "squared", 0.01).value, .2769200894106, 4e-9);
  EXPECT_NEAR(*solve(multi.training, "softmax_cross_entropy", 0.01).value, .4917911673894, 4e-9);
}

TEST(Optimum, IsCertifiedForEveryConvexLoss) {
  const data::Split binary = synth_a("binary"), multi = synth_a("multiclass");
  for (const std::string& name : loss::LossRegistry::instance().names()) {
    const auto loss = loss::make_loss(name);
    if (!loss->traits().convex) continue;
    for (const data::Split* split : {&binary, &multi}) {
      const Optimum found = solve(split->training, name.c_str(), 0.01);
      EXPECT_EQ(found.kind, "certified") << name;
      const double wanted = loss->traits().smooth ? 1e-8 : 1e-6;
      EXPECT_TRUE(*found.gap <= wanted * *found.value) << name << " gap " << *found.gap;
      EXPECT_TRUE(*found.gap >= 0) << name;
      machine::Team team({.threads = 1});
      EXPECT_NEAR(exact_value(split->training, *loss, 0.01, found.weights, team), *found.value, 1e-12) << name;
      EXPECT_FALSE(found.passage.empty()) << name;
    }
  }
}

// The scales of features differ very much, as in images. Conjugate gradients alone would take thousands of passes.
TEST(Optimum, IsNearInFewPassesWhereFeaturesDiffer) {
  data::Dataset data;
  data.classes = 3;
  data.features = core::Matrix<float>(600, 200);
  core::CounterRandom random(5, core::Purpose::data);
  for (std::size_t i = 0; i < data.rows(); ++i) {
    for (std::size_t j = 0; j < data.width(); ++j)
      data.features(i, j) = static_cast<float>(random.next_normal() * std::pow(10.0, -static_cast<double>(j) / 60));
    data.labels.push_back(static_cast<std::int32_t>(random.next_below(3)));
  }
  for (const char* name : {"squared", "huber", "logistic", "softmax_cross_entropy"}) {
    const Optimum found = solve(data, name, 1e-7);
    EXPECT_EQ(found.kind, "certified") << name;
    EXPECT_TRUE(*found.gap <= 1e-8 * *found.value) << name << " gap " << *found.gap;
    EXPECT_LE(found.passage.back().passes, 1000) << name;
  }
}

TEST(Optimum, IsBelowEveryNeighbourByNoMoreThanItsGap) {
  const data::Split multi = synth_a("multiclass");
  machine::Team team({.threads = 1});
  for (const char* name : {"multiclass_svm", "hinge", "absolute", "softmax_cross_entropy"}) {
    const auto loss = loss::make_loss(name);
    const Optimum found = solve(multi.training, name, 0.01);
    core::CounterRandom random(7, core::Purpose::initial);
    for (int trial = 0; trial < 200; ++trial) {
      std::vector<double> w = found.weights;
      const double scale = std::pow(10, -4 + trial % 5);
      for (double& entry : w) entry += scale * random.next_normal();
      EXPECT_TRUE(exact_value(multi.training, *loss, 0.01, w, team) >= *found.value - *found.gap) << name;
    }
  }
}

TEST(Optimum, OfOneWeightIsWhatGoldenSectionsFind) {
  const data::Dataset data = line({1, -2, 0.5F, 3, -1, 0.25F}, {1, 0, 0, 1, 1, 1});
  for (const std::string& name : loss::LossRegistry::instance().names()) {
    const auto loss = loss::make_loss(name);
    if (!loss->traits().convex || loss->outputs(2) != 1) continue;
    for (const double l2 : {0.3, 1e-3}) {
      const Optimum found = solve(data, name.c_str(), l2);
      EXPECT_NEAR(*found.value, minimum_of_line(data, *loss, l2), 2e-6) << name << " l2 " << l2;
    }
  }
}

TEST(Optimum, HasTheSameBitsForAnyTeam) {
  const data::Split multi = synth_a("multiclass");
  for (const char* name : {"softmax_cross_entropy", "multiclass_svm", "hinge"}) {
    const Optimum one = solve(multi.training, name, 0.01, 1), three = solve(multi.training, name, 0.01, 3);
    EXPECT_EQ(*one.value, *three.value) << name;
    EXPECT_EQ(one.weights, three.weights) << name;
  }
}

TEST(Optimum, OfANonConvexLossIsTheBestKnownOne) {
  const Optimum found = solve(synth_a("binary").training, "sigmoid", 0.01);
  EXPECT_EQ(found.kind, "best_known");
  EXPECT_FALSE(found.gap);
  EXPECT_TRUE(*found.value < 0.5) << "the loss at the start is 0.5";
}

// With x = s for y = +1 and x = −s for y = −1, the function is (1 − s w)² + (l2/2) w², whose minimum is l2/(2 s² + l2).
// With so little l2 a whole Newton step goes far past the kink.
TEST(Optimum, OfASquaredHingeWithHardlyARegulariserIsTheClosedForm) {
  for (const float s : {0.01F, 1.0F, 300.0F})
    for (const double l2 : {1e-8, 1e-4}) {
      const double expected = l2 / (2 * std::pow(static_cast<double>(s), 2) + l2);
      EXPECT_NEAR(*solve(line({s, -s}, {1, 0}), "squared_hinge", l2).value / expected, 1, 1e-8) << s << " " << l2;
    }
}

// Few rows, many classes, and features from 0 to 100. The classes are nearly separable, and the Hessian changes because
// rows cross their margins.
TEST(Optimum, OfSquaredHingesIsCertifiedWhereRowsComeAndGo) {
  data::Dataset data;
  data.classes = 10;
  data.features = core::Matrix<float>(150, 17);
  core::CounterRandom random(5, core::Purpose::initial, 0);
  for (std::size_t i = 0; i < data.rows(); ++i) {
    data.labels.push_back(static_cast<std::int32_t>(i % 10));
    for (std::size_t j = 0; j < 16; ++j) {
      const double centre = 50 + 35 * std::sin(static_cast<double>(3 * (i % 10) + 7 * j));
      data.features(i, j) = static_cast<float>(std::clamp(std::round(centre + 22 * random.next_normal()), 0.0, 100.0));
    }
    data.features(i, 16) = 1;
  }
  for (const char* name : {"squared_hinge", "multiclass_squared_svm"})
    for (const double l2 : {1e-6, 1e-4, 1e-2}) {
      const Optimum found = solve(data, name, l2);
      EXPECT_EQ(found.kind, "certified") << name << " " << l2;
      EXPECT_LE(*found.gap, 1e-8 * *found.value) << name << " " << l2;
      EXPECT_EQ(found.note, "") << name << " " << l2;
    }
}

// The outputs of a one-versus-rest loss share no weights. The optimum of all outputs together has to be as good as the
// sum of those that are searched for one output at a time.
TEST(Optimum, OfANonConvexLossIsTheBestOfEachOutput) {
  data::LoadOptions options;
  const data::Dataset data =
      data::load("synthetic:blobs?n=160&d=3&classes=8&separation=0.5&noise=0.1&seed=3", options).training;
  double sum = 0;
  for (std::int32_t k = 0; k < 8; ++k) {
    data::Dataset one;
    one.classes = 2;
    one.features = core::Matrix<float>(data.rows(), data.width());
    for (std::size_t i = 0; i < data.rows(); ++i) {
      one.labels.push_back(data.labels[i] == k ? 1 : 0);
      for (std::size_t j = 0; j < data.width(); ++j) one.features(i, j) = data.features(i, j);
    }
    sum += *solve(one, "sigmoid", 1e-6).value;
  }
  const Optimum found = solve(data, "sigmoid", 1e-6);
  EXPECT_EQ(found.kind, "best_known");
  EXPECT_LE(*found.value, 1.002 * sum);
  EXPECT_LT(*found.gradient_norm, 1e-6);
}

// Close to the optimum, each step at α = 1/L multiplies the gap of softmax on synthA by .7543. The smallest curvature
// alone, which is l2, would give .9140, but it belongs to the direction that adds the same weights to all classes, and
// descent never goes that way.
TEST(Optimum, KnowsTheCurvatureThatDescentFeels) {
  const double l = 0.4349798164 / 2 + 0.01;
  const Optimum softmax = solve(synth_a("multiclass").training, "softmax_cross_entropy", 0.01);
  ASSERT_TRUE(softmax.curvature_least && softmax.curvature_most);
  EXPECT_NEAR(std::pow(1 - *softmax.curvature_least / l, 2), 0.7543, 1e-4);
  EXPECT_NEAR(std::pow(1 - 0.01 / l, 2), 0.9140, 1e-4);
  EXPECT_TRUE(*softmax.curvature_most <= l);
  // For least squares, the curvatures are the eigenvalues of XᵀX/N + l2.
  const Optimum squared = solve(synth_a("binary").training, "squared", 0.01);
  EXPECT_NEAR(*squared.curvature_most, 0.4349798164 + 0.01, 1e-7);
  EXPECT_FALSE(solve(synth_a("binary").training, "hinge", 0.01).curvature_least);
}

// Least squares with one weight: w = Σxy/Σx², f = ½(Σy² − (Σxy)²/Σx²)/N, with y = ±1.
TEST(Optimum, OfSquaredLossIsTheNormalEquations) {
  const data::Dataset data = line({1, -2, 0.5F, 3}, {1, 0, 0, 1});  // Σx² = 14.25, Σxy = 5.5
  for (const double l2 : {0.0, 0.1, 10.0}) {
    const Optimum found = solve(data, "squared", l2);
    const double w = 5.5 / (14.25 + 4 * l2);
    EXPECT_NEAR(found.weights[0], w, 1e-9) << l2;
    EXPECT_NEAR(*found.value, 0.5 * (4 - 5.5 * w) / 4, 1e-14) << l2;
  }
}

TEST(Optimum, StoppedEarlyStillBracketsTheTrueOne) {
  const data::Split multi = synth_a("multiclass");
  machine::Team team({.threads = 1});
  OptimumOptions at_once;
  at_once.max_seconds = 0;
  for (const char* name : {"softmax_cross_entropy", "multiclass_svm", "hinge"}) {
    const Optimum found = solve_optimum(multi.training, *loss::make_loss(name), 0.01, team, at_once);
    const double best = *solve(multi.training, name, 0.01).value;
    EXPECT_FALSE(found.note.empty()) << name;
    EXPECT_TRUE(*found.gap <= *found.value) << name;
    EXPECT_TRUE(*found.value - *found.gap <= best && best <= *found.value) << name;
  }
}

TEST(Optimum, WeightsAreClassMajor) {
  // Only the first feature separates class 0 from the others, only the second one class 1, and only the third class 2.
  data::Dataset data;
  data.classes = 3;
  data.features = core::Matrix<float>(3, 3);
  for (std::size_t i = 0; i < 3; ++i) data.features(i, i) = 1;
  data.labels = {0, 1, 2};
  for (const char* name : {"softmax_cross_entropy", "multiclass_svm", "hinge", "squared"}) {
    const Optimum found = solve(data, name, 0.01);
    ASSERT_EQ(found.weights.size(), 9U);
    for (std::size_t k = 0; k < 3; ++k)
      for (std::size_t j = 0; j < 3; ++j)
        EXPECT_EQ(found.weights[k * 3 + j] > 0, k == j) << name << " class " << k << " feature " << j;
  }
}

TEST(Optimum, PassageGoesDownToTheValue) {
  const data::Split multi = synth_a("multiclass");
  for (const char* name : {"softmax_cross_entropy", "multiclass_svm"}) {
    const Optimum found = solve(multi.training, name, 0.01);
    for (std::size_t i = 1; i < found.passage.size(); ++i) {
      EXPECT_TRUE(found.passage[i].passes >= found.passage[i - 1].passes) << name;
      EXPECT_TRUE(found.passage[i].value <= found.passage[i - 1].value * (1 + 1e-12)) << name;
    }
    EXPECT_NEAR(found.passage.back().value, *found.value, 1e-8) << name;
  }
}

// The search starts from several points, the first of which is the optimum of another loss. Its record counts the
// passes of all starts, and its value is the best one so far.
TEST(Optimum, PassageOfSeveralStartsIsOfOneLossAndOnlyFalls) {
  const data::Split data = synth_a("binary");
  const Optimum found = solve(data.training, "sigmoid", 0.01);
  ASSERT_GT(found.passage.size(), 10U);
  EXPECT_DOUBLE_EQ(found.passage.front().value, 0.5) << "the sigmoid loss, not the logistic one (ln 2)";
  EXPECT_EQ(found.passage.front().passes, 0);
  for (std::size_t i = 1; i < found.passage.size(); ++i) {
    EXPECT_TRUE(found.passage[i].passes >= found.passage[i - 1].passes) << i;
    EXPECT_TRUE(found.passage[i].seconds >= found.passage[i - 1].seconds) << i;
    EXPECT_TRUE(found.passage[i].value <= found.passage[i - 1].value) << i;
  }
  EXPECT_TRUE(found.passage[1].passes > 1) << "the passes for the logistic start have to count, too";
  EXPECT_NEAR(found.passage.back().value, *found.value, 1e-9);
}

}  // namespace
}  // namespace descent::solve
