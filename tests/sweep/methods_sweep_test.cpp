#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "descent/core/error.hpp"
#include "descent/record/find.hpp"
#include "descent/sweep/run_options.hpp"
#include "sweep/tiny.hpp"

// Methods and models other than plain steps on linear models, through a whole sweep.

namespace descent::sweep {
namespace {

using testing::HasSubstr;

record::Report run(const SweepOptions& options) {
  Listener listener;
  return run_sweep(options, {"descent", "run"}, listener, listener.cancel);
}

SweepOptions timed_options() {
  SweepOptions options = tiny_options();
  options.losses = {"softmax_cross_entropy"};
  options.batch_sizes = {32};
  options.targets = {0.3};
  options.max_steps = 100;
  options.shard_what = "all";
  return options;
}

TEST(MethodsSweep, ANetworkIsSearchedByItsBestKnownLossAndItsWeightsRepeat) {
  SweepOptions options = timed_options();
  options.model = "network(hidden=6,activation=tanh)";
  options.optimizers = {"gd", "sgd", "adam"};
  options.batch_sizes = {32, 0};
  options.learning_rates = {0.05};
  const record::Report report = run(options);
  ASSERT_EQ(report.workloads.size(), 1U);
  EXPECT_EQ(report.workloads[0].parameters, 6 * 6 + 3 * 7);
  EXPECT_EQ(report.workloads[0].optimum_kind, "best_known");
  EXPECT_FALSE(report.workloads[0].convex);
  EXPECT_THAT(report.workloads[0].id, HasSubstr("/network(hidden=6,activation=tanh)/softmax_cross_entropy/"));
  std::size_t checks = 0;
  for (const record::Check& check : report.checks)
    if (check.kind == "weights_hash") {
      EXPECT_EQ(check.verdict, "ok") << check.subject;
      ++checks;
    }
  EXPECT_GE(checks, 5U) << "the weights are checked on one thread and on two";
  EXPECT_FALSE(report.throughput.empty());
  ASSERT_GE(report.curvatures.size(), 2U);
  EXPECT_EQ(report.curvatures[0].checkpoint, "start");
  for (const record::Curvature& curvature : report.curvatures) {
    EXPECT_LT(curvature.least, curvature.most);
    EXPECT_GT(curvature.noise_along.value_or(0), 0);
    EXPECT_EQ(curvature.rows, 240);
  }
  EXPECT_TRUE(report.moments.empty());
}

TEST(MethodsSweep, AFactorisationHasNoLossAndAnOptimumInClosedForm) {
  SweepOptions options = timed_options();
  options.model = "factorisation(rank=2)";
  options.losses.clear();
  options.l2 = 0;
  options.shard_what = "statistics";
  const record::Report report = run(options);
  ASSERT_EQ(report.workloads.size(), 1U);
  const record::Workload& workload = report.workloads[0];
  EXPECT_EQ(workload.loss, "none");
  EXPECT_EQ(workload.parameters, (240 + 5) * 2);
  EXPECT_EQ(workload.optimum_kind, "certified");
  for (const record::Trajectory& run : report.trajectories)
    for (const auto& f : run.curve.loss) EXPECT_GE(*f, *workload.optimum_value - 1e-6) << run.id;
  EXPECT_TRUE(std::any_of(report.convergence.begin(), report.convergence.end(),
                          [](const auto& row) { return row.reached == row.runs && row.runs == 2; }));
}

TEST(MethodsSweep, WhatCannotBeRepeatedIsMarkedAndTimedOnItsOwnThreads) {
  SweepOptions options = timed_options();
  options.optimizers = {"sgd", "saga", "hogwild(threads=2)"};
  options.learning_rates = {0.05};
  options.invocations = 0;
  const record::Report report = run(options);
  ASSERT_EQ(report.series.size(), 3U);
  for (const record::Series& series : report.series) {
    const bool hogwild = series.optimizer == "hogwild(threads=2)";
    EXPECT_EQ(series.unrepeatable, hogwild) << series.id;
    EXPECT_EQ(series.status, "completed");
    EXPECT_EQ(series.rows_per_step, 32);
    for (const record::Trajectory& run : report.trajectories)
      if (run.series == series.id) {
        EXPECT_EQ(run.threads, hogwild ? std::optional<int>(2) : std::nullopt);
      }
    std::vector<int> threads;
    for (const record::Cell& cell : report.cells)
      if (record::times(cell, series)) threads.push_back(cell.threads);
    EXPECT_EQ(threads, hogwild ? std::vector<int>{2} : (std::vector<int>{1, 2})) << series.id;
  }
  for (const record::Check& check : report.checks)
    if (check.kind == "weights_hash") {
      EXPECT_EQ(check.verdict, "ok") << check.subject;
      EXPECT_EQ(check.subject.find("hogwild"), std::string::npos) << check.subject;
    }
}

std::string complaint(const Settings& settings) {
  try {
    const SweepOptions options = options_of(settings);
    check_options(options);
    make_plan(options, load_inputs(options.data, load_options(options)));
  } catch (const core::UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(MethodsSweep, WhatDoesNotGoTogetherIsRefusedInOneLine) {
  const std::pair<const std::string, Setting> data{
      "data", {"synthetic:blobs?n=240&d=5&classes=3&separation=2&noise=0.02&seed=1", "--data"}};
  const std::pair<const std::string, Setting> quick{"preset", {"quick", "--preset"}};
  const Setting hogwild{"hogwild(threads=2)", "--optimizer"};
  EXPECT_EQ(complaint({data, quick, {"optimizer", {"saga", "--optimizer"}}}), "");
  EXPECT_EQ(
      complaint({data, quick, {"optimizer", {"saga", "--optimizer"}}, {"model", {"network(hidden=4)", "--model"}}}),
      "--optimizer saga: found model network(hidden=4,activation=relu); expected linear, whose rows' gradients are "
      "a slope for each score");
  EXPECT_EQ(
      complaint({data, quick, {"optimizer", hogwild}, {"passage", {"exact", "--passage"}}}),
      "--passage: found exact; expected grid with --optimizer hogwild(threads=2), whose runs differ even with the same "
      "seed");
  EXPECT_EQ(
      complaint({data, quick, {"optimizer", hogwild}, {"shard", {"1/2", "--shard"}}}),
      "--shard: found 1/2; expected none with --optimizer hogwild(threads=2), whose runs differ even with the same "
      "seed");
  EXPECT_EQ(complaint({data, quick, {"model", {"factorisation", "--model"}}}), "");
  EXPECT_EQ(complaint({data, quick, {"model", {"factorisation", "--model"}}, {"loss", {"hinge", "--loss"}}}),
            "--loss: found hinge; expected no such option with --model factorisation(rank=4)");
  EXPECT_EQ(complaint({data, quick, {"model", {"factorisation(rank=6)", "--model"}}}),
            "--model factorisation(rank=6): found rank 6; expected at most 5, the rank of such data");
  EXPECT_THAT(complaint({data, quick, {"model", {"network(hidden=0)", "--model"}}}),
              HasSubstr("--model: network(hidden=0): hidden is 0; expected a whole number from 1 to 65,536"));
  EXPECT_EQ(complaint({{"data", {"landscape:product", "--data"}}, quick, {"optimizer", {"saga", "--optimizer"}}}),
            "--optimizer saga: found the landscape product(sigma=0.01); expected rows of data, which it draws from");
}

}  // namespace
}  // namespace descent::sweep
