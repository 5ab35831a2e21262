#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "descent/sweep/sweep.hpp"
#include "sweep/tiny.hpp"

namespace descent::sweep {
namespace {

record::Report run(const SweepOptions& options) {
  Listener listener;
  return run_sweep(options, {"descent", "run"}, listener, listener.cancel);
}

/// synthA, binary, no bias, l2 = .01, batch 8, rate .5, for which the noise floors are known (docs/decisions/0021).
SweepOptions synth_options(const std::string& loss, const std::string& sampling) {
  SweepOptions options = tiny_options();
  options.data = "synthetic:synthA?task=binary";
  options.bias = false;
  options.losses = {loss};
  options.batch_sizes = {8, 32};
  options.threads = {1};
  options.l2 = 0.01;
  options.learning_rates = {0.5};
  options.sampling = sampling;
  options.targets = {0.03};
  options.shard_what = "statistics";
  options.seeds = 4;
  return options;
}

const record::Report& distinct() {
  static const record::Report report = run(synth_options("logistic", "iid_distinct"));
  return report;
}

template <class Rows>
const auto& of_batch(const Rows& rows, const char* checkpoint, const char* sampling, std::int64_t batch) {
  for (const auto& row : rows)
    if (row.checkpoint == checkpoint && row.sampling == sampling && row.batch == batch) return row;
  throw std::out_of_range(checkpoint);
}

const record::CurveNoise& of_series(const record::Report& report, std::int64_t batch) {
  for (const record::Series& series : report.series)
    for (const record::CurveNoise& row : report.curve_noise)
      if (row.series == series.id && series.optimizer == "sgd" && series.batch == batch) return row;
  throw std::out_of_range("series");
}

TEST(SweepNoise, HasMomentsAtEveryCheckpointAndSaysWhosePath) {
  const record::Report& report = distinct();
  std::set<std::string> checkpoints;
  for (const record::Moment& moment : report.moments) {
    checkpoints.insert(moment.checkpoint);
    EXPECT_EQ(moment.path, moment.checkpoint == "optimum" ? "" : report.series.back().id);
    EXPECT_EQ(moment.curvature_status, "ok");
    EXPECT_GE(moment.sampled.size(), moment.sampling == "iid_distinct" && moment.batch == 200 ? 1U : 4U);
    EXPECT_EQ(moment.lr.has_value(), moment.checkpoint == "optimum" && (moment.batch == 8 || moment.batch == 32));
  }
  // There is a checkpoint at 0.1 although 0.1 is not a target here.
  EXPECT_EQ(checkpoints, (std::set<std::string>{"start", "0.1", "0.03", "end", "optimum"}));
  EXPECT_EQ(report.moments.size(), 5U * 2 * 9);  // batches of 1, 2, 4, … 128, 200
  EXPECT_EQ(report.noise.size(), report.moments.size());
  EXPECT_EQ(report.batch_noise.size(), report.moments.size());
  EXPECT_EQ(of_batch(report.noise, "start", "iid_replace", 8).samples, 64);
}

// The run stops at δ = .03, where trΣ is different. Only at the optimum (α/4) c_B trΣ is the known 3.329e-3, and the
// Lyapunov equation gives 3.390e-3. The measured floor is 3.43e-3.
TEST(SweepNoise, FloorIsPredictedAtTheOptimumAndMeasuredBeyondTheTarget) {
  const record::CurveNoise& row = of_series(distinct(), 8);
  EXPECT_NEAR(*row.floor_predicted_simple, 3.329e-3, 1e-6);
  EXPECT_NEAR(*row.floor_predicted_lyapunov, 3.390e-3, 1e-6);
  EXPECT_EQ(row.lyapunov_status, "ok");
  ASSERT_EQ(row.floor_status, "ok");
  EXPECT_NEAR(*row.floor, 3.43e-3, 0.2 * 3.43e-3);
  EXPECT_TRUE(*row.floor_low <= 3.43e-3 && 3.43e-3 <= *row.floor_high) << *row.floor_low << ' ' << *row.floor_high;
  for (const record::Trajectory& run : distinct().trajectories) EXPECT_EQ(run.stop, "target") << run.id;
}

TEST(SweepNoise, ShuffledEpochsHaveTheirFloorWhereTheyEnd) {
  const record::Report report = run(synth_options("logistic", "reshuffle"));
  const record::CurveNoise& row = of_series(report, 8);
  ASSERT_EQ(row.floor_epoch_end_status, "ok");
  EXPECT_NEAR(*row.floor_epoch_end, 2.4e-4, 0.25 * 2.4e-4);
  EXPECT_TRUE(*row.floor_epoch_end_low <= 2.4e-4 && 2.4e-4 <= *row.floor_epoch_end_high);
  EXPECT_GT(*row.floor, 2 * *row.floor_epoch_end);
  EXPECT_GT(*row.weight_variance, *row.epoch_end_variance);
  EXPECT_GT(*row.epoch_end_variance, 0);
  EXPECT_EQ(row.lyapunov_status, "not_independent");
  EXPECT_FALSE(row.floor_predicted_simple);
}

TEST(SweepNoise, MeasuredVarianceFollowsTheLaw) {
  int inside = 0, cells = 0;
  for (const record::Noise& row : distinct().noise) {
    if (row.batch >= 200 || !row.measured_low) continue;
    ++cells, inside += *row.measured_low <= *row.predicted_variance && *row.predicted_variance <= *row.measured_high;
  }
  EXPECT_EQ(cells, 5 * 2 * 8);
  // Fewer than 95 %, since there are few samples and their distribution is skewed.
  EXPECT_GE(inside, cells * 85 / 100) << "of " << cells;
}

TEST(SweepNoise, SeedsAndStepsUphillAreDescribed) {
  const record::CurveNoise& row = of_series(distinct(), 8);
  EXPECT_EQ(row.seed_sd_status, "ok");
  EXPECT_TRUE(*row.seed_sd_low <= *row.seed_sd && *row.seed_sd <= *row.seed_sd_high);
  EXPECT_EQ(row.uphill_transient_status, "ok");
  EXPECT_NEAR(*row.uphill_near_transient, *row.uphill_predicted_transient, 0.15);
  EXPECT_NEAR(*row.uphill_batch_steady, 0.5, 0.05) << "at the floor a batch loss rises in half of the steps";
  EXPECT_TRUE(row.evaluation_sd_predicted && *row.evaluation_sd_predicted > 0);
}

TEST(SweepNoise, OnlyHingesForgetWhatIsRightAlready) {
  const record::Report hinge = run(synth_options("hinge", "reshuffle"));
  for (const record::Trajectory& run : hinge.trajectories) {
    EXPECT_EQ(*run.curve.active_fraction.front(), 1);
    EXPECT_LT(*run.curve.active_fraction.back(), 0.95) << run.id;
  }
  for (const record::Trajectory& run : distinct().trajectories)
    for (const record::Real& active : run.curve.active_fraction) EXPECT_EQ(*active, 1) << run.id;
  for (const record::Noise& row : hinge.noise) EXPECT_EQ(row.curvature_status, "kinked");
}

// Similar to MNIST: 10 classes, and batches of 32 and 1,024 out of several thousand rows.
TEST(SweepNoise, LargeAndSmallBatchesAreMeasuredWithinTheirIntervals) {
  SweepOptions options = tiny_options();
  options.data = "synthetic:blobs?n=4000&d=40&classes=10&separation=2&noise=0.02&seed=3";
  options.losses = {"softmax_cross_entropy"};
  options.batch_sizes = {32, 1024};
  options.threads = {1};
  options.learning_rates = {0.05};
  options.targets = {0.3};
  options.max_epochs = 20, options.max_steps = 200;
  options.shard_what = "statistics";
  const record::Report report = run(options);
  for (const std::int64_t batch : {32, 1024})
    for (const char* checkpoint : {"start", "end", "optimum"}) {
      const record::Noise& row = of_batch(report.noise, checkpoint, "iid_distinct", batch);
      ASSERT_EQ(row.measured_low.has_value(), row.samples >= 4) << checkpoint << ' ' << batch << ": three are too few";
      if (!row.measured_low) continue;
      EXPECT_TRUE(*row.measured_low <= *row.predicted_variance && *row.predicted_variance <= *row.measured_high)
          << checkpoint << ' ' << batch;
    }
  const record::BatchNoise& gain = of_batch(report.batch_noise, "start", "iid_distinct", 32);
  EXPECT_NEAR(*gain.relative_gain, 1 - std::sqrt((4000.0 - 64) / 2 / (4000 - 32)), 1e-9);
}

TEST(SweepNoise, SaysWhatShareOfTheTrainingItTook) {
  bool found = false;
  for (const record::Check& check : distinct().checks)
    if (check.kind == "moments_share") {
      found = true;
      EXPECT_TRUE(*check.value > 0 && *check.high > 0) << check.note;
    }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace descent::sweep
