#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "descent/core/error.hpp"
#include "descent/record/find.hpp"
#include "descent/sweep/run_options.hpp"
#include "sweep/plan/option_values.hpp"
#include "sweep/tiny.hpp"

// All kinds of targets through a whole sweep: a value of f, a share of the gap to the best known value, and a distance
// from a saddle.

namespace descent::sweep {
namespace {

using testing::HasSubstr;

record::Report run(const SweepOptions& options) {
  Listener listener;
  return run_sweep(options, {"descent", "run"}, listener, listener.cancel);
}

SweepOptions given(const Settings& settings) {
  SweepOptions options = options_of(settings);
  options.trajectory_engine = "eigen", options.engines = {"eigen"};
  options.threads = {1}, options.pin = false;
  options.invocations = 0, options.shard_what = "statistics";
  options.max_steps = 300, options.max_epochs = 1;
  return options;
}

std::string complaint(const Settings& settings) {
  try {
    check_options(options_of(settings));
  } catch (const core::UsageError& error) {
    return error.what();
  }
  return "";
}

// The medians are from docs/decisions/0045. The mean of a batch of B draws has the noise σ/√B. With σ = 0.1, batches of
// 1, 1e2, 1e4 and 1e6 give noise of 1e-1 to 1e-4.
TEST(EscapeTarget, MediansAndTheirLawAreThoseOfTheClosedForm) {
  SweepOptions options = given({{"data", {"landscape:linear_saddle?sigma=0.1", "--data"}}});
  EXPECT_TRUE(options.targets.empty()) << "this landscape has no minimum, and so no gap";
  options.optimizers = {"gd", "sgd"};
  options.batch_sizes = {1, 100, 10'000, 1'000'000, 0};
  options.learning_rates = {0.1};
  options.seeds = 150;
  options.passage = "exact";
  const record::Report report = run(options);
  ASSERT_EQ(report.escapes.size(), 5U);
  const double medians[] = {37, 62, 86, 110};
  for (std::size_t i = 0; i < 4; ++i) {
    const record::Escape& row = report.escapes[i];
    EXPECT_EQ(row.predicted_steps, medians[i]);
    // A run's steps scatter by 11.6, so that the median of 150 runs has a standard error of about 1.2.
    EXPECT_TRUE(std::abs(row.median_steps.value_or(0) - medians[i]) <= 4) << *row.median_steps;
    EXPECT_TRUE(*row.median_low <= *row.median_steps && *row.median_steps <= *row.median_high);
    EXPECT_EQ(row.runs, 150);
    EXPECT_EQ(row.stuck_share, 0.0);
    EXPECT_EQ(row.least_curvature, -1.0);
    EXPECT_TRUE(std::abs(*row.noise - std::pow(10.0, -1 - static_cast<double>(i))) <= 1e-12);
    EXPECT_EQ(row.survival_share.back(), 0.0);
  }
  const record::Escape& whole = report.escapes[4];
  EXPECT_EQ(whole.runs, 1);
  EXPECT_EQ(whole.escaped, 0) << "without noise, runs stay on the line into the saddle";
  EXPECT_EQ(whole.stuck_share, 1.0);
  EXPECT_EQ(whole.predicted_status, "beyond");
  ASSERT_EQ(report.escape_laws.size(), 1U);
  EXPECT_TRUE(std::abs(*report.escape_laws[0].predicted_per_doubling - 3.64) <= 0.005);
  EXPECT_TRUE(std::abs(*report.escape_laws[0].steps_per_doubling - 3.64) <= 0.3);
  EXPECT_TRUE(std::abs(*report.escape_laws[0].predicted_per_decade - 24.16) <= 0.005);
  EXPECT_TRUE(std::abs(*report.escape_laws[0].steps_per_decade - 24.16) <= 2);
}

// The grid has gaps of nine steps there. Interpolation between its points has to be right to about one step.
TEST(EscapeTarget, TheGridFindsTheStepsThatLookingAtEveryStepFinds) {
  SweepOptions options = given({{"data", {"landscape:linear_saddle?sigma=0.01", "--data"}}});
  options.optimizers = {"sgd"};
  options.batch_sizes = {1};
  options.learning_rates = {0.1};
  options.seeds = 20;
  const record::Report grid = run(options);
  options.passage = "exact";
  const record::Report exact = run(options);
  ASSERT_EQ(grid.convergence.size(), 1U);
  ASSERT_EQ(exact.convergence.size(), 1U);
  EXPECT_EQ(grid.convergence[0].target_kind, "escape");
  EXPECT_EQ(grid.convergence[0].reached, 20);
  EXPECT_TRUE(std::abs(*grid.convergence[0].ert_steps - *exact.convergence[0].ert_steps) <= 1);
}

TEST(EscapeTarget, StandsBesideSharesWhereALandscapeHasAMinimumToo) {
  SweepOptions options = given({{"preset", {"quick", "--preset"}}, {"data", {"landscape:strict_saddle", "--data"}}});
  EXPECT_EQ(options.targets, std::vector<double>{0.1});
  EXPECT_EQ(options.escape_target, 0.5);
  options.optimizers = {"gd", "sgd", "momentum"};
  options.batch_sizes = {1, 0};
  options.seeds = 4;
  const record::Report report = run(options);
  ASSERT_EQ(report.targets.size(), 2U);
  EXPECT_TRUE(report.targets[0].headline);
  EXPECT_EQ(report.targets[1].kind, "escape");
  ASSERT_EQ(report.escapes.size(), 4U);
  for (const record::Escape& row : report.escapes) {
    const record::Series& series = *record::find_series(report, row.series);
    EXPECT_EQ(row.escaped, series.full_batch ? 0 : row.runs) << row.series;
    EXPECT_EQ(row.predicted_status == "ok", series.plain_step && !series.full_batch) << row.series;
  }
}

TEST(LossTarget, IsSearchedForAndReported) {
  SweepOptions options = tiny_options();
  options.losses = {"softmax_cross_entropy"};
  set_targets(options, "--target", "loss:0.75");
  EXPECT_TRUE(options.targets.empty());
  const record::Report report = run(options);
  ASSERT_FALSE(report.convergence.empty());
  for (const record::Convergence& row : report.convergence) {
    if (row.target_kind != "loss") continue;
    EXPECT_EQ(row.target_value, 0.75);
    ASSERT_TRUE(row.ert_steps.has_value()) << row.series;
    const auto found = std::find_if(report.trajectories.begin(), report.trajectories.end(),
                                    [&](const auto& run) { return run.series == row.series; });
    // In full-batch runs, the passage lies before the first point that is at or below the value.
    const record::Curve& curve = found->curve;
    const auto first = std::find_if(curve.loss.begin(), curve.loss.end(), [](const auto& f) { return *f <= 0.75; });
    ASSERT_NE(first, curve.loss.end());
    if (record::find_series(report, row.series)->full_batch) {
      EXPECT_TRUE(*row.ert_steps <=
                  static_cast<double>(curve.step[static_cast<std::size_t>(first - curve.loss.begin())]));
    }
  }
  for (const record::Series& series : report.series) {
    EXPECT_EQ(series.tuned_for, 0.75);
    EXPECT_EQ(series.target_kind, "loss");
  }
}

TEST(BestKnown, StandsForTheOptimumThatAModelDoesNotKnow) {
  SweepOptions options = tiny_options();
  options.model = "regression";
  options.losses = {"squared"};
  options.threads = {1};
  Listener listener;
  const record::Report report = run_sweep(options, {"descent", "run"}, listener, listener.cancel);
  ASSERT_EQ(report.workloads.size(), 1U);
  const record::Workload& workload = report.workloads[0];
  EXPECT_EQ(workload.optimum_kind, "best_known");
  EXPECT_FALSE(workload.optimum_gap.has_value()) << "no bound of its error is known";
  const auto stage = std::find(listener.stages.begin(), listener.stages.end(), "best_known");
  const auto train = std::find(listener.stages.begin(), listener.stages.end(), "train");
  EXPECT_TRUE(stage != listener.stages.end() && stage < train);
  // This is a least squares problem, so that full-batch gradient descent comes close to the minimum, too.
  double least = workload.f0;
  for (const record::Trajectory& run : report.trajectories)
    for (const auto& f : run.curve.loss) least = std::min(least, *f);
  EXPECT_TRUE(*workload.optimum_value <= least + 1e-3 * (workload.f0 - least)) << least;
  for (const record::Convergence& row : report.convergence) {
    if (row.target_kind != "suboptimality") continue;
    EXPECT_TRUE(row.uncertified) << row.series;
    EXPECT_TRUE(row.ert_steps.has_value()) << row.series;
  }
}

TEST(Targets, TextsAreReadBackAndBadOnesRefused) {
  const SweepOptions options = options_of({{"target", {"loss:0.2,1e-1,loss:0.5,1e-2", "--target"}}});
  EXPECT_EQ(options.targets, (std::vector<double>{0.1, 0.01}));
  EXPECT_EQ(options.loss_targets, (std::vector<double>{0.5, 0.2})) << "the hardest target has to be the last";
  EXPECT_EQ(configuration_of(options).at("target"), "0.1,0.01,loss:0.5,loss:0.2");
  EXPECT_THAT(complaint({{"target", {"loss:x", "--target"}}}), HasSubstr("--target: found x; expected loss:X"));
  EXPECT_THAT(complaint({{"target", {"escape:0", "--target"}}}), HasSubstr("--target: found 0; expected escape:X"));
  EXPECT_THAT(complaint({{"target", {"escape", "--target"}}}),
              HasSubstr("--target: found escape; expected --data landscape:NAME of one that has a saddle"));
  EXPECT_THAT(complaint({{"data", {"landscape:ravine", "--data"}}, {"target", {"escape", "--target"}}}),
              HasSubstr("--target: found escape; expected a landscape that has a saddle, which ravine has not"));
  EXPECT_THAT(complaint({{"data", {"landscape:linear_saddle", "--data"}}, {"target", {"0.1", "--target"}}}),
              HasSubstr("--target: found 0.1; expected escape: linear_saddle(sigma=0.01) has no minimum"));
}

}  // namespace
}  // namespace descent::sweep
