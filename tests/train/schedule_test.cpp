#include "descent/train/schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "descent/core/error.hpp"
#include "descent/train/learning_rate.hpp"

namespace descent::train {
namespace {

TEST(Schedule, RatesAfterOneAndThreeEpochs) {
  Schedule schedule{.base = 0.5, .tau = 10};
  EXPECT_EQ(schedule.rate(0), 0.5);
  EXPECT_EQ(schedule.rate(1000), 0.5);
  schedule.kind = Schedule::Kind::inverse;
  EXPECT_EQ(schedule.rate(0), 0.5);
  EXPECT_EQ(schedule.rate(10), 0.25);
  EXPECT_EQ(schedule.rate(30), 0.125);
  schedule.kind = Schedule::Kind::inverse_sqrt;
  EXPECT_EQ(schedule.rate(0), 0.5);
  EXPECT_EQ(schedule.rate(30), 0.25);
  EXPECT_TRUE(std::abs(schedule.rate(10) - 0.5 / std::sqrt(2.0)) <= 1e-16);
}

TEST(Schedule, NamesReadBack) {
  for (const auto kind : {Schedule::Kind::constant, Schedule::Kind::inverse, Schedule::Kind::inverse_sqrt})
    EXPECT_EQ(parse_schedule(record::to_text(kind)), kind);
  EXPECT_THROW(parse_schedule("linear"), core::UsageError);
}

// By hand, from the largest second derivative of each loss (or of its smooth partner): L in units of λ₁, or of max‖x‖²
// for the exponential loss, plus l2.
TEST(LearningRate, SmoothnessOfEveryLossIsThatOfTheTable) {
  const DataConstants data{.n = 100, .lambda1 = 3, .max_row_norm_squared = 20, .outputs = 4, .f0 = 1.5};
  const auto l = [&](const char* loss) {
    return smoothness_constant(loss::make_loss(loss)->traits(), data, 0.01) - 0.01;
  };
  const struct {
    const char* loss;
    double l;
  } table[]{{"logistic", 3.0 / 4},
            {"softmax_cross_entropy", 3.0 / 2},
            {"squared", 3.0},
            {"huber", 3.0},
            {"squared_hinge", 6.0},
            {"multiclass_squared_svm", 2 * 4 * 3.0},
            {"exponential", 1.5 * 20},
            {"sigmoid", 3 / (6 * std::sqrt(3.0))},
            {"hinge", 6.0},
            {"absolute", 3.0},
            {"multiclass_svm", 2 * 4 * 3.0},
            {"binary_cross_entropy", 3.0 / 4}};
  for (const auto& row : table) EXPECT_TRUE(std::abs(l(row.loss) - row.l) <= 1e-12) << row.loss << ": " << l(row.loss);
}

// Source: Gower et al. (2019), proposition 3.8, computed by hand for N = 5, B = 2, L = 1.01·4/4 + .1, max L_i = 9/4 +
// .1.
TEST(LearningRate, ReferenceRateMixesMeanAndLargestSmoothness) {
  const DataConstants data{.n = 5, .lambda1 = 4, .max_row_norm_squared = 9, .outputs = 1, .f0 = 1};
  const loss::LossTraits traits = loss::make_loss("logistic")->traits();
  const double expected = 5.0 * 1 / (2 * 4) * 1.11 + 3.0 / (2 * 4) * 2.35;
  EXPECT_TRUE(std::abs(reference_rate(traits, data, 0.1, 2) - 1 / (2 * expected)) <= 1e-14);
  EXPECT_TRUE(std::abs(reference_rate(traits, data, 0.1, 5) - 1 / (2 * 1.11)) <= 1e-14);
  EXPECT_TRUE(std::abs(reference_rate(traits, data, 0.1, 1) - 1 / (2 * 2.35)) <= 1e-14);
}

}  // namespace
}  // namespace descent::train
