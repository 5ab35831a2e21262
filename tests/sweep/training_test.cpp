#include "sweep/search/training.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "descent/data/source.hpp"
#include "sweep/tiny.hpp"

namespace descent::sweep {
namespace {

record::Curve curve_of(std::vector<std::int64_t> steps, std::vector<double> losses) {
  record::Curve curve;
  curve.step = std::move(steps);
  curve.loss.assign(losses.begin(), losses.end());
  return curve;
}

TEST(Crossing, OfAPowerLawIsExact) {
  // f - f* = 1/k is 1/5 at k = 5, between the points 4 and 8.
  const record::Curve curve = curve_of({1, 2, 4, 8, 16}, {10 + 1.0, 10 + 0.5, 10 + 0.25, 10 + 0.125, 10 + 0.0625});
  ASSERT_TRUE(crossing(curve, 10.2, 10).has_value());
  EXPECT_TRUE(std::abs(*crossing(curve, 10.2, 10) - 5) <= 1e-9);
}

TEST(Crossing, NeedsTheMeanOfWhatFollowsBelowAsWell) {
  const record::Curve dip = curve_of({1, 2, 4, 8, 16, 32}, {1.0, 0.1, 0.9, 0.15, 0.1, 0.1});
  EXPECT_TRUE(*crossing(dip, 0.2, 0) > 4);
  EXPECT_FALSE(crossing(dip, 0.2, 0, 7).has_value()) << "the crossing is beyond the budget";
  EXPECT_FALSE(crossing(curve_of({1, 2, 4}, {1.0, 0.5, 0.1}), 0.2, 0).has_value())
      << "no point follows the last one to confirm it";
  EXPECT_FALSE(crossing(curve_of({1, 2, 4}, {1.0, 0.5, 0.3}), 0.2, 0).has_value());
}

TEST(Crossing, IsALineWhereThereAreNoLogarithms) {
  EXPECT_NEAR(*crossing(curve_of({0, 1, 2, 3}, {1.0, 0.1, 0.1, 0.1}), 0.2, 0), 0.8 / 0.9, 1e-12) << "by a line";
  EXPECT_NEAR(*crossing(curve_of({1, 2, 3, 4}, {1.0, -0.1, -0.1, -0.1}), 0.2, 0), 1 + 0.8 / 1.1, 1e-12)
      << "the loss may be below a best-known optimum";
}

TEST(AbandonStep, IsTheLastStepBeforeTheGridPointThatDecides) {
  EXPECT_EQ(abandon_step(10, false), 9);
  EXPECT_EQ(abandon_step(16.5, false), train::grid_step(17) - 1);
  EXPECT_EQ(abandon_step(100, false), 107);  // the grid has 99 and 108 there
  EXPECT_EQ(abandon_step(16.5, true), 16);
}

/// A sweep's state with one workload. Its optimum is set to 0, so that targets are shares of f0.
class Trials : public ::testing::Test {
 protected:
  Trials()
      : data_(data::load(options_.data, {})), state_(options_, data_, table_, listener_, listener_.cancel, journal_) {
    state_.engine = engine::make_engine("eigen");
    WorkloadState workload;
    workload.loss = loss::make_loss("softmax_cross_entropy");
    workload.record.f0 = std::log(3.0);
    workload.record.optimum_kind = record::word("certified");
    workload.record.optimum_value = 0.0;
    state_.workloads.push_back(std::move(workload));
    series_.plan.method = train::make_optimizer("sgd");
    series_.plan.optimizer = series_.plan.method->name();
    series_.plan.batch = 8;
    series_.plan.sampling = record::Sampling::reshuffle;
    series_.plan.schedule = record::RateSchedule::constant;
    series_.plan.target = 0.35;
    series_.plan.max_steps = 2000;
  }
  TrialResult trial(double lr, std::optional<double> abandon_after, std::int64_t look_from = 0,
                    std::uint64_t seed = 1) {
    machine::Team team({});
    return run_trial(state_, series_, {0, lr, seed, abandon_after, look_from}, team).result;
  }

  SweepOptions options_ = tiny_options();
  data::Split data_;
  SeriesTable table_;
  Listener listener_;
  Journal journal_;
  SweepState state_;
  SeriesState series_;
};

TEST_F(Trials, LookingOnlyWhereItCountsFindsTheSameCrossing) {
  for (const double lr : {0.003, 0.01, 0.03, 0.1, 0.3, 1.0}) {
    const TrialResult whole = trial(lr, std::nullopt);
    ASSERT_EQ(whole.status, "reached") << lr;
    const double steps = *whole.steps_to_target;
    // Limits by a best rate so far that is a little slower, much slower, and so slow that the first evaluation comes
    // after the target.
    for (const double allowed : {steps * 1.001, steps * 2, steps * 100, 1e6}) {
      const TrialResult limited = trial(lr, allowed, static_cast<std::int64_t>(std::min(allowed, 2000.0) / 8));
      EXPECT_EQ(limited.status, "reached") << lr << " within " << allowed;
      EXPECT_EQ(limited.steps_to_target, whole.steps_to_target) << lr << " within " << allowed;
    }
  }
}

// At a rate whose noise floor is near the target, runs reach it early or late by chance.
TEST_F(Trials, TheAllowanceOfManySeedsDoesNotMoveACrossing) {
  double earliest = 1e9, latest = 0;
  for (const double target : {0.21, 0.24, 0.27, 0.3}) {
    series_.plan.target = target;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      const TrialResult whole = trial(2, std::nullopt, 0, seed);
      if (!whole.steps_to_target) continue;
      earliest = std::min(earliest, *whole.steps_to_target), latest = std::max(latest, *whole.steps_to_target);
      for (const double seeds : {8.0, 24.0})
        EXPECT_EQ(trial(2, *whole.steps_to_target * seeds, 0, seed).steps_to_target, whole.steps_to_target)
            << target << ": seed " << seed << ", allowed the steps of so many seeds: " << seeds;
    }
  }
  EXPECT_GT(latest, 8 * earliest) << "seeds have to differ much for this test";
}

// Noise floors grow with the rate. If the noise were the same everywhere, they would be proportional to it.
TEST_F(Trials, MeasureTheFloorOfARateWhereItIsAskedFor) {
  machine::Team team({});
  const auto floor = [&](double lr) {
    return run_trial(state_, series_, {0, lr, 1, std::nullopt, 0, true}, team).result.floor_high;
  };
  EXPECT_FALSE(trial(0.1, std::nullopt).floor_high);
  ASSERT_TRUE(floor(0.1) && floor(2) && floor(8));
  EXPECT_LT(*floor(0.1), 0.9);
  EXPECT_GT(*floor(2), *floor(0.1));
  EXPECT_GT(*floor(8), *floor(2));
  EXPECT_EQ(floor(2), floor(2));
}

TEST_F(Trials, StopsSoonAfterTheIncumbentsSteps) {
  const TrialResult whole = trial(0.003, std::nullopt);
  const TrialResult stopped = trial(0.003, *whole.steps_to_target / 3);
  EXPECT_EQ(stopped.status, "stopped");
  EXPECT_TRUE(static_cast<double>(stopped.steps) <= *whole.steps_to_target / 3 * 1.1 + 1);
}

TEST_F(Trials, ADivergedRunIsSeen) { EXPECT_EQ(trial(1e30, std::nullopt).status, "diverged"); }

TEST_F(Trials, GivesUpWhenTheSweepStops) {
  listener_.cancel = true;
  EXPECT_THROW(trial(0.1, std::nullopt), Stopped);
}

TEST_F(Trials, KeepsWeightsAtTheMarksItPasses) {
  RunRequest run;
  run.lr = 0.1;
  run.seed = 1;
  run.reported = true;
  run.stop_value = state_.workloads[0].value_at(0.35);
  run.marks = {{"0.6", *state_.workloads[0].value_at(0.6)}, {"0.35", *run.stop_value}, {"0.01", 0.01}};
  machine::Team team({});
  const RunOutcome outcome = run_training(state_, series_, run, team);
  ASSERT_EQ(outcome.snapshots.size(), 2U);
  EXPECT_EQ(outcome.snapshots[0].label, "0.6");
  EXPECT_TRUE(outcome.snapshots[0].step < outcome.snapshots[1].step);
  EXPECT_EQ(outcome.snapshots[1].weights.size(), outcome.trace.weights.size());
  EXPECT_EQ(outcome.trace.stop, train::Ending::target);
}

TEST_F(Trials, AnAccuracyTargetKeepsARunGoingUntilItIsReachedToo) {
  RunRequest run;
  run.lr = 0.1;
  run.seed = 1;
  run.reported = true;
  run.stop_value = state_.workloads[0].value_at(0.6);
  machine::Team team({});
  const std::int64_t without = run_training(state_, series_, run, team).trace.steps;
  run.accuracy = 2.0;  // cannot be reached
  EXPECT_EQ(run_training(state_, series_, run, team).trace.stop, train::Ending::budget);
  run.accuracy = 0.0;  // reached at the start
  const train::Trace trace = run_training(state_, series_, run, team).trace;
  EXPECT_EQ(trace.stop, train::Ending::target);
  EXPECT_EQ(trace.steps, without);
}

TEST_F(Trials, ARunGivesUpOnAccuracyAtSomeTimesTheStepsToItsTarget) {
  RunRequest run;
  run.lr = 0.1;
  run.seed = 1;
  run.reported = true;
  run.stop_value = state_.workloads[0].value_at(0.6);
  machine::Team team({});
  const std::int64_t without = run_training(state_, series_, run, team).trace.steps;
  run.accuracy = 2.0;  // cannot be reached
  run.accuracy_patience = 4;
  const train::Trace trace = run_training(state_, series_, run, team).trace;
  EXPECT_EQ(trace.stop, train::Ending::target);
  EXPECT_GE(trace.steps, 4 * without);
  EXPECT_LE(trace.steps, 5 * without);
}

TEST_F(Trials, ARunThatGoesOnForItsRateKeepsTheWeightsItWasDoneAt) {
  RunRequest run;
  run.lr = 0.1;
  run.seed = 1;
  run.reported = true;
  run.stop_value = state_.workloads[0].value_at(0.6);
  machine::Team team({});
  const RunOutcome done = run_training(state_, series_, run, team);
  EXPECT_EQ(done.done_step, done.trace.steps);
  run.go_on = 2.5;
  const RunOutcome on = run_training(state_, series_, run, team);
  EXPECT_EQ(on.done_step, done.trace.steps);
  EXPECT_EQ(on.weights, done.trace.weights);
  EXPECT_EQ(on.trace.stop, train::Ending::target);
  EXPECT_GE(static_cast<double>(on.trace.steps), 2.5 * static_cast<double>(on.done_step));
}

// All runs of a series go at least to twice the expected steps, so that the mean over seeds is known up to there,
// whichever run reached the target first.
TEST_F(Trials, RunsOfASeriesGoToTwiceItsExpectedStepsWhereverTheyWereDone) {
  series_.record.chosen_lr = 0.1;
  RunRequest run = reported_run(state_, series_, 1);
  EXPECT_EQ(run.at_least, 0);
  EXPECT_EQ(run.go_on, 2) << "a rate that was not searched: to twice the run's own steps";
  series_.expected_steps = 60.5;
  run = reported_run(state_, series_, 1);
  EXPECT_EQ(run.at_least, 121);
  EXPECT_EQ(run.go_on, 1);
  run.stop_value = state_.workloads[0].value_at(0.6);
  run.accuracy.reset();
  machine::Team team({});
  const RunOutcome on = run_training(state_, series_, run, team);
  EXPECT_GE(on.trace.steps, 121);
  run.at_least = 0;
  const RunOutcome done = run_training(state_, series_, run, team);
  EXPECT_LT(done.trace.steps, 121);
  EXPECT_EQ(on.done_step, done.trace.steps);
  EXPECT_EQ(on.weights, done.trace.weights);
  EXPECT_EQ(on.trace.stop, train::Ending::target);
}

}  // namespace
}  // namespace descent::sweep
