#include "sweep/stages/loss_shapes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "descent/loss/loss.hpp"

namespace descent::sweep {
namespace {

const record::LossShape& shape(const std::vector<record::LossShape>& shapes, const std::string& loss) {
  return *std::find_if(shapes.begin(), shapes.end(), [&](const record::LossShape& one) { return one.loss == loss; });
}

std::size_t place(const record::LossShape& shape, double at) {
  return static_cast<std::size_t>(
      std::find_if(shape.at.begin(), shape.at.end(), [&](double x) { return std::abs(x - at) < 1e-9; }) -
      shape.at.begin());
}

void expect(const record::LossShape& shape, double at, double value, double derivative, int wrong) {
  const std::size_t i = place(shape, at);
  ASSERT_LT(i, shape.at.size()) << shape.loss << " at " << at;
  EXPECT_TRUE(std::abs(shape.value[i] - value) <= 1e-12) << shape.loss << " at " << at << ": " << shape.value[i];
  EXPECT_TRUE(std::abs(shape.derivative[i] - derivative) <= 1e-12)
      << shape.loss << " at " << at << ": " << shape.derivative[i];
  EXPECT_EQ(shape.wrong[i], wrong) << shape.loss << " at " << at;
}

// The values are computed by hand from the definitions of the losses.
TEST(LossShapes, AreThoseOfTheDefinitions) {
  const std::vector<record::LossShape> shapes = loss_shapes();
  expect(shape(shapes, "hinge"), -1, 2, -1, 1);
  expect(shape(shapes, "hinge"), 2, 0, 0, 0);
  expect(shape(shapes, "squared_hinge"), -1, 4, -4, 1);
  expect(shape(shapes, "logistic"), 0, std::log(2.0), -0.5, 1);
  expect(shape(shapes, "exponential"), 1, std::exp(-1.0), -std::exp(-1.0), 0);
  // The score is 3: the prediction is right, but the loss is not 0.
  expect(shape(shapes, "squared"), 2, 2, 2, 0);
  expect(shape(shapes, "squared"), -2, 2, -2, 1);  // the score is -1
  expect(shape(shapes, "absolute"), -2, 2, -1, 1);
  expect(shape(shapes, "huber(delta=2)"), 3, 4, 2, 0);
  // The two scores are equal, so that the first class, the right one, is predicted.
  expect(shape(shapes, "multiclass_svm(margin=1)"), 0, 1, -1, 0);
  expect(shape(shapes, "multiclass_svm(margin=2)"), 1, 1, -1, 0);
  expect(shape(shapes, "softmax_cross_entropy"), 0, std::log(2.0), -0.5, 0);
}

TEST(LossShapes, AreOfEveryLossAndOfItsParameterHalvedAndDoubled) {
  std::set<std::string> families, names;
  for (const record::LossShape& one : loss_shapes()) {
    families.insert(one.loss.substr(0, one.loss.find('(')));
    EXPECT_TRUE(names.insert(one.loss).second) << one.loss << " is listed twice";
    EXPECT_EQ(one.at.size(), 61U);
    EXPECT_EQ(one.value.size(), one.at.size());
    EXPECT_EQ(one.derivative.size(), one.at.size());
    EXPECT_EQ(one.wrong.size(), one.at.size());
  }
  const std::vector<std::string> registered = loss::LossRegistry::instance().names();
  EXPECT_EQ(families, std::set<std::string>(registered.begin(), registered.end()));
  for (const char* name : {"huber(delta=0.5)", "huber(delta=1)", "huber(delta=2)", "multiclass_svm(margin=0.5)"})
    EXPECT_TRUE(names.contains(name)) << name;
}

}  // namespace
}  // namespace descent::sweep
