#include "descent/train/floor_run.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "descent/data/source.hpp"
#include "descent/engine/engine.hpp"
#include "descent/engine/linear_objective.hpp"
#include "descent/solve/optimum.hpp"
#include "record/words.hpp"

namespace descent::train {
namespace {

/// synthA with the logistic loss, no bias, l2 = .01, α = .5, B = 8; runs start at the optimum.
class SynthA : public ::testing::Test {
 protected:
  SynthA()
      : split_(data::load("synthetic:synthA?task=binary", {.preprocess = "", .bias = false, .validation_fraction = 0})),
        loss_(loss::make_loss("logistic")),
        engine_(engine::make_engine("reference")),
        team_({.threads = 1, .pin = false}),
        objective_(split_, *loss_, 0.01, *engine_, team_),
        optimum_(solve::solve_optimum(split_.training, *loss_, 0.01, team_, {})),
        start_(optimum_.weights.begin(), optimum_.weights.end()) {
    request_.batch = 8, request_.rate = 0.5, request_.seed = 11;
    request_.start = start_, request_.optimum = optimum_.weights;
  }

  std::optional<record::FloorRun> try_run() { return run_floor(objective_, *make_optimizer("sgd"), request_); }
  record::FloorRun run() { return try_run().value(); }
  double mean(const std::vector<record::Real>& values, double zero) {
    double sum = 0;
    for (const record::Real& value : values) sum += *value - zero;
    return sum / static_cast<double>(values.size());
  }

  data::Split split_;
  std::unique_ptr<loss::Loss> loss_;
  std::unique_ptr<engine::Engine> engine_;
  machine::Team team_;
  engine::LinearObjective objective_;
  solve::Optimum optimum_;
  std::vector<float> start_;
  FloorRequest request_;
};

// Source: a simulation outside this program (docs/decisions/0021). 3.43e-3 for independent batches of distinct rows,
// and 2.4e-4 at the ends of epochs for shuffled rows.
TEST_F(SynthA, FloorsAreThoseKnown) {
  request_.sampling = Sampling::iid_distinct;
  request_.spacing = 8, request_.looks = 5000;
  record::FloorRun found = run();
  EXPECT_EQ(found.status, "ok");
  ASSERT_EQ(found.loss.size(), 5000U);
  EXPECT_TRUE(found.epoch_end_loss.empty());
  EXPECT_NEAR(mean(found.loss, *optimum_.value), 3.43e-3, 0.06 * 3.43e-3);

  request_.sampling = Sampling::reshuffle;
  request_.spacing = 4, request_.epochs = 2000, request_.looks = 2000 * 25 / 4;
  found = run();
  ASSERT_EQ(found.epoch_end_loss.size(), 2000U);
  EXPECT_EQ(found.steps_per_epoch, 25);
  EXPECT_NEAR(mean(found.epoch_end_loss, *optimum_.value), 2.4e-4, 0.1 * 2.4e-4);
  EXPECT_GT(mean(found.loss, *optimum_.value), 2 * 2.4e-4) << "the noise within epochs is larger than at their ends";
  // ½ λ_least ≤ (f − f*)/‖w − W*‖² ≤ ½ L, and the eigenvalues of the Hessian there lie between .04 and .13.
  const double curvature = mean(found.epoch_end_loss, *optimum_.value) / mean(found.epoch_end_distance_squared, 0);
  EXPECT_TRUE(curvature >= 0.02 && curvature <= 0.065) << curvature;
}

TEST_F(SynthA, LooksAreEvenAndCountEveryRise) {
  request_.sampling = Sampling::reshuffle;
  request_.spacing = 7, request_.looks = 30, request_.epochs = 8;  // 30 · 7 = 210 steps, and 8 epochs of 25 steps
  const record::FloorRun sparse = run();
  ASSERT_EQ(sparse.loss.size(), 30U);
  ASSERT_EQ(sparse.epoch_end_loss.size(), 8U);
  request_.spacing = 1, request_.looks = 210, request_.epochs = 0;
  const record::FloorRun every = run();
  std::int64_t rises = 0;
  for (std::size_t step = 1; step <= 210; ++step) {
    rises += every.rises[step - 1];
    if (step % 7 == 0) {
      EXPECT_EQ(*sparse.loss[step / 7 - 1], *every.loss[step - 1]);
      EXPECT_EQ(sparse.rises[step / 7 - 1], rises);
      rises = 0;
    }
    if (step % 25 == 0) {
      EXPECT_EQ(*sparse.epoch_end_loss[step / 25 - 1], *every.loss[step - 1]);
    }
  }
}

TEST_F(SynthA, SameBitsForAnyTeamAndOtherSeedsDiffer) {
  request_.spacing = 3, request_.looks = 40;
  const record::FloorRun once = run();
  machine::Team pair({.threads = 2, .pin = false, .oversubscribe = true});
  engine::LinearObjective other(split_, *loss_, 0.01, *engine_, pair);
  const auto rule = make_optimizer("sgd");
  EXPECT_EQ(run_floor(other, *rule, request_)->loss, once.loss);
  request_.seed = 12;
  EXPECT_NE(run().loss, once.loss);
}

TEST_F(SynthA, ADivergedOrCancelledRunKeepsNothing) {
  request_.spacing = 10, request_.looks = 100, request_.rate = 1e12;
  EXPECT_EQ(run().status, "diverged");
  EXPECT_TRUE(run().loss.empty());
  const std::atomic<bool> cancel{true};
  request_.rate = 0.5, request_.cancel = &cancel;
  EXPECT_FALSE(try_run());
}

}  // namespace
}  // namespace descent::train
