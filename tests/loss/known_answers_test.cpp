// The known answers are from Stanford's cs231n notes and slides ("Linear classification"), and from closed forms.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "loss/tiles.hpp"

namespace descent::loss {
namespace {

double value(const char* loss, const std::vector<double>& scores, std::int32_t label) {
  return make_loss(loss)->value(scores, label);
}
/// The value by the form that works on tiles, in float32.
double fast(const char* loss, const std::vector<double>& scores, std::int32_t label) {
  Tile tile(scores.size(), 1);
  for (std::size_t k = 0; k < scores.size(); ++k) tile(k, 0) = static_cast<float>(scores[k]);
  tile.labels[0] = label;
  return make_loss(loss)->sum(tile.view(), tile.labels);
}
void expect_loss(const char* loss, const std::vector<double>& scores, std::int32_t label, double want,
                 double tolerance) {
  const double got = value(loss, scores, label), got_fast = fast(loss, scores, label);
  EXPECT_TRUE(std::abs(got - want) <= tolerance) << loss << ": " << got << " of " << want;
  EXPECT_TRUE(std::abs(got_fast - want) <= tolerance + 2e-6 * std::max(1.0, std::abs(want)))
      << loss << ": " << got_fast;
}

struct Example {
  std::vector<double> scores;
  std::int32_t label;
  double hinge, squared, cross_entropy;
};
const std::vector<Example> kExamples = {{{3.2, 5.1, -1.7}, 0, 2.9, 8.41, 2.0403551528},
                                        {{1.3, 4.9, 2.0}, 1, 0, 0, 0.0791317783},
                                        {{2.2, 2.5, -3.1}, 2, 12.9, 83.25, 6.1564772017}};

TEST(KnownAnswers, CatCarAndFrog) {
  double hinge = 0, squared = 0, cross_entropy = 0;
  for (const Example& e : kExamples) {
    expect_loss("multiclass_svm", e.scores, e.label, e.hinge, 1e-12);
    expect_loss("multiclass_squared_svm", e.scores, e.label, e.squared, 1e-12);
    expect_loss("softmax_cross_entropy", e.scores, e.label, e.cross_entropy, 1e-10);
    hinge += value("multiclass_svm", e.scores, e.label) / 3;
    squared += value("multiclass_squared_svm", e.scores, e.label) / 3;
    cross_entropy += value("softmax_cross_entropy", e.scores, e.label) / 3;
  }
  EXPECT_TRUE(std::abs(hinge - 5.2666666667) <= 1e-10);
  EXPECT_TRUE(std::abs(squared - 30.5533333333) <= 1e-10);
  EXPECT_TRUE(std::abs(cross_entropy - 2.7586547109) <= 1e-10);
}

TEST(KnownAnswers, CatsProbabilityIsInNatsNotDecades) {
  std::vector<double> p(3);
  softmax(std::vector<double>{3.2, 5.1, -1.7}, p);
  EXPECT_TRUE(std::abs(p[0] - 0.1299825390) <= 1e-10);
  // Older slides print 0.89, which is the logarithm to base ten.
  EXPECT_TRUE(std::abs(-std::log(p[0]) - 2.0403551528) <= 1e-10);
}

TEST(KnownAnswers, FurtherExamplesOfTheNotes) {
  expect_loss("multiclass_svm(margin=10)", {13, -7, 11}, 0, 8, 0);
  expect_loss("multiclass_svm", {-2.85, 0.86, 0.28}, 2, 1.58, 1e-12);
  expect_loss("softmax_cross_entropy", {-2.85, 0.86, 0.28}, 2, 1.0401905694, 1e-10);
  expect_loss("softmax_cross_entropy", {123, 456, 789}, 2, 0, 1e-100);
  expect_loss("softmax_cross_entropy", {123, 456, 789}, 0, 666, 0);
  const std::vector<std::vector<double>> far = {{10, -2, 3}, {10, 9, 9}, {10, -100, -100}};
  for (const std::vector<double>& scores : far) expect_loss("multiclass_svm", scores, 0, 0, 0);
  expect_loss("softmax_cross_entropy", far[0], 0, 9.1760505e-4, 1e-11);
  expect_loss("softmax_cross_entropy", far[1], 0, 0.5514447139, 1e-10);
  expect_loss("softmax_cross_entropy", far[2], 0, 0, 1e-40);
  std::vector<double> p(3);
  softmax(std::vector<double>{1, -2, 0}, p);
  EXPECT_TRUE(std::abs(p[0] - .7053845127) <= 1e-10);
  EXPECT_TRUE(std::abs(p[1] - .0351190270) <= 1e-10);
  EXPECT_TRUE(std::abs(p[2] - .2594964603) <= 1e-10);
}

TEST(KnownAnswers, LossesOfZeroWeights) {
  const std::vector<double> one = {0}, ten(10, 0.0);
  for (const std::int32_t label : {0, 1}) {
    for (const char* loss : {"logistic", "binary_cross_entropy"})
      expect_loss(loss, one, label, std::numbers::ln2, 1e-15);
    for (const char* loss : {"hinge", "squared_hinge", "exponential", "absolute"}) expect_loss(loss, one, label, 1, 0);
    for (const char* loss : {"sigmoid", "squared", "huber"}) expect_loss(loss, one, label, 0.5, 0);
    expect_loss("huber(delta=0.5)", one, label, 0.375, 0);  // delta (1 - delta/2)
  }
  expect_loss("softmax_cross_entropy", ten, 3, 2.302585092994, 1e-12);
  expect_loss("multiclass_svm", ten, 3, 9, 0);
  expect_loss("multiclass_svm(margin=2)", ten, 3, 18, 0);
  expect_loss("multiclass_squared_svm(margin=2)", ten, 3, 36, 0);
  expect_loss("logistic", ten, 3, 10 * std::numbers::ln2, 1e-12);  // one-versus-rest, summed over outputs
}

TEST(KnownAnswers, LogisticFarOut) {
  EXPECT_EQ(value("logistic", {-1000}, 1), 1000);
  EXPECT_TRUE(std::abs(value("logistic", {40}, 1) / 4.248354255e-18 - 1) <= 1e-9);
  EXPECT_TRUE(std::abs(fast("logistic", {40}, 1) / 4.248354255e-18 - 1) <= 1e-6);
  EXPECT_EQ(fast("logistic", {-1e4}, 1), 1e4);
  EXPECT_EQ(fast("logistic", {1e4}, 1), 0);
}

TEST(KnownAnswers, ExponentialOverflowsToInfinityInFloat32Only) {
  EXPECT_TRUE(std::isfinite(value("exponential", {-100}, 1)));
  Tile tile(1, 1);
  tile(0, 0) = -100;
  tile.labels[0] = 1;
  EXPECT_EQ(make_loss("exponential")->differentiate(tile.view(), tile.labels), std::numeric_limits<double>::infinity());
  EXPECT_EQ(tile(0, 0), -std::numeric_limits<float>::infinity());
}

TEST(KnownAnswers, BinaryCrossEntropyIsTheLogisticLoss) {
  for (const double s : {-50.0, -3.0, -0.1, 0.0, 0.7, 4.0, 60.0})
    for (const std::int32_t label : {0, 1}) {
      const double a = value("logistic", {s}, label), b = value("binary_cross_entropy", {s}, label);
      EXPECT_TRUE(std::abs(a - b) <= 1e-15 * std::max(1.0, a)) << s;
    }
}

TEST(KnownAnswers, TwoClassSoftmaxIsSigmoidOfTheDifference) {
  for (const double a : {-700.0, -3.0, 0.0, 2.5, 800.0})
    for (const double b : {-1.0, 0.0, 4.0}) {
      std::vector<double> p(2);
      softmax(std::vector<double>{a, b}, p);
      EXPECT_TRUE(std::abs(p[0] - sigmoid(a - b)) <= 1e-15);
      EXPECT_TRUE(std::abs(p[1] - sigmoid(b - a)) <= 1e-15);
    }
}

TEST(KnownAnswers, SubgradientIsZeroAtKinks) {
  const auto expect_gradient = [](const char* name, const std::vector<double>& scores, std::int32_t label,
                                  const std::vector<double>& want) {
    const std::unique_ptr<Loss> loss = make_loss(name);
    std::vector<double> got(scores.size());
    loss->gradient(scores, label, got);
    EXPECT_EQ(got, want) << name;
    Tile tile(scores.size(), 1);
    for (std::size_t k = 0; k < scores.size(); ++k) tile(k, 0) = static_cast<float>(scores[k]);
    tile.labels[0] = label;
    loss->differentiate(tile.view(), tile.labels);
    EXPECT_EQ(tile.example(0), want) << name << ", in float32";
  };
  expect_gradient("hinge", {1}, 1, {0});
  expect_gradient("hinge", {-1}, 0, {0});
  expect_gradient("hinge", {0.5}, 1, {-1});
  expect_gradient("hinge", {1, -1, -1}, 0, {0, 0, 0});
  expect_gradient("absolute", {1}, 1, {0});
  expect_gradient("absolute", {-1}, 0, {0});
  expect_gradient("absolute", {0}, 0, {1});
  expect_gradient("multiclass_svm", {2, 1, 3}, 0, {-1, 0, 1});  // class 1 is exactly at the margin
  expect_gradient("multiclass_squared_svm", {2, 1, 3}, 0, {-4, 0, 4});
}

struct Smoothness {
  const char* loss;
  double smoothness;
  bool smooth, convex, times_classes, on_start;
};

TEST(KnownAnswers, SmoothnessConstants) {
  const std::vector<Smoothness> table = {{"logistic", 0.25, true, true, false, false},
                                         {"binary_cross_entropy", 0.25, true, true, false, false},
                                         {"softmax_cross_entropy", 0.5, true, true, false, false},
                                         {"squared", 1, true, true, false, false},
                                         {"huber", 1, true, true, false, false},
                                         {"squared_hinge", 2, true, true, false, false},
                                         {"multiclass_squared_svm", 2, true, true, true, false},
                                         {"exponential", 1, true, true, false, true},
                                         {"sigmoid", 0.09622504486, true, false, false, false},
                                         {"hinge", 2, false, true, false, false},
                                         {"absolute", 1, false, true, false, false},
                                         {"multiclass_svm", 2, false, true, true, false}};
  EXPECT_EQ(table.size(), LossRegistry::instance().entries().size());
  for (const Smoothness& row : table) {
    const LossTraits traits = make_loss(row.loss)->traits();
    EXPECT_TRUE(std::abs(traits.smoothness - row.smoothness) <= 1e-11) << row.loss;
    EXPECT_EQ(traits.smooth, row.smooth) << row.loss;
    EXPECT_EQ(traits.convex, row.convex) << row.loss;
    EXPECT_EQ(traits.smoothness_times_classes, row.times_classes) << row.loss;
    EXPECT_EQ(traits.smooth_on_start, row.on_start) << row.loss;
  }
}

}  // namespace
}  // namespace descent::loss
