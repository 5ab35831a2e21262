#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "descent/core/error.hpp"
#include "descent/sweep/run_options.hpp"
#include "descent/sweep/sweep.hpp"
#include "sweep/tiny.hpp"

// Models and landscapes through a whole sweep: searched or given rates, trajectories, timings and the report.

namespace descent::sweep {
namespace {

record::Report run(const SweepOptions& options) {
  Listener listener;
  return run_sweep(options, {"descent", "run"}, listener, listener.cancel);
}

SweepOptions landscape_options(const std::string& uri) {
  SweepOptions options = tiny_options();
  options.data = uri;
  options.model = kLandscapeModel;
  options.losses.clear();
  options.l2 = 0;
  options.optimizers = {"gd", "sgd", "momentum"};
  options.batch_sizes = {1, 16, 0};
  options.threads = {1};
  options.shard_what = "all";
  return options;
}

TEST(ModelsSweep, ALandscapeIsSearchedTrainedTimedAndReported) {
  const record::Report report = run(landscape_options("landscape:bowl?sigma=0.05"));
  ASSERT_EQ(report.datasets.size(), 1U);
  EXPECT_EQ(report.datasets[0].id, "bowl(sigma=0.05)");
  EXPECT_EQ(report.datasets[0].n, 0);
  ASSERT_EQ(report.workloads.size(), 1U);
  const record::Workload& workload = report.workloads[0];
  EXPECT_EQ(workload.model, "landscape");
  EXPECT_EQ(workload.parameters, 2);
  EXPECT_EQ(workload.f0, 2 + 12.5);
  EXPECT_EQ(workload.optimum_value, 2.0);
  EXPECT_EQ(workload.optimum_gap, 0.0);
  EXPECT_FALSE(workload.smoothness.has_value()) << "unknown, which is not the same as zero";
  ASSERT_EQ(report.series.size(), 3U + 3U);
  for (const record::Series& series : report.series) {
    EXPECT_EQ(series.lr_rule, "tuned");
    EXPECT_EQ(series.status, "completed") << series.id;
    EXPECT_EQ(series.full_batch, series.batch == 0);
    EXPECT_TRUE(std::any_of(report.convergence.begin(), report.convergence.end(), [&](const auto& row) {
      return row.series == series.id && row.ert_steps.has_value();
    })) << series.id;
    EXPECT_TRUE(std::any_of(report.time_to_target.begin(), report.time_to_target.end(), [&](const auto& row) {
      return row.series == series.id;
    })) << series.id;
  }
  EXPECT_TRUE(report.moments.empty());
  EXPECT_TRUE(report.floors.empty());
  for (const record::Check& check : report.checks)
    if (check.kind == "weights_hash") {
      EXPECT_EQ(check.verdict, "ok") << check.subject;
    }
}

// On f − 2 = ½‖w‖² each step of gradient descent multiplies w by 1 − α, so that the loss at step k is 2 + 12.5 (1 −
// α)^2k.
TEST(ModelsSweep, ALandscapesCurveIsItsClosedForm) {
  SweepOptions options = landscape_options("landscape:bowl");
  options.optimizers = {"gd"};
  options.learning_rates = {0.25};
  const record::Report report = run(options);
  ASSERT_EQ(report.trajectories.size(), 1U);
  const record::Curve& curve = report.trajectories[0].curve;
  ASSERT_GT(curve.step.size(), 4U);
  ASSERT_EQ(curve.x.size(), curve.step.size());
  ASSERT_EQ(curve.y.size(), curve.step.size());
  for (std::size_t i = 0; i < curve.step.size(); ++i) {
    const double shrunk = std::pow(0.75, static_cast<double>(curve.step[i]));
    EXPECT_TRUE(std::abs(*curve.loss[i] - 2 - 12.5 * shrunk * shrunk) <= 1e-5);
    EXPECT_TRUE(std::abs(*curve.x[i] - 3 * shrunk) <= 1e-5 && std::abs(*curve.y[i] - 4 * shrunk) <= 1e-5);
  }
  ASSERT_EQ(report.landscapes.size(), 1U);
  EXPECT_EQ(report.landscapes[0].workload, report.workloads[0].id);
}

TEST(ModelsSweep, SeedsOfALandscapeDifferAndRunsRepeat) {
  SweepOptions options = landscape_options("landscape:strict_saddle?sigma=0.01");
  options.learning_rates = {0.1};
  options.shard_what = "statistics";
  const record::Report once = run(options), again = run(options);
  std::set<std::string> hashes;
  std::size_t noisy = 0;
  for (std::size_t i = 0; i < once.trajectories.size(); ++i) {
    EXPECT_EQ(once.trajectories[i].weights_hash, again.trajectories[i].weights_hash);
    if (once.trajectories[i].batch == 0) continue;
    ++noisy;
    hashes.insert(once.trajectories[i].weights_hash);
  }
  EXPECT_EQ(hashes.size(), noisy) << "runs of two seeds, batches or methods have the same weights";
  // From y = 0 only noise leads away from the line into the saddle. Steps without noise end above the saddle.
  for (const record::Trajectory& run : once.trajectories)
    if (run.batch == 0) {
      EXPECT_GE(*run.curve.loss.back(), 0.0);
    } else {
      EXPECT_LT(*run.curve.loss.back(), 0.0) << run.id;
    }
}

// This model knows no optimum, so that there can be no shares of the starting gap. The target is a value of f, and the
// rates are given.
TEST(ModelsSweep, AModelThatKnowsNothingIsTrainedAtGivenRates) {
  SweepOptions options = tiny_options();
  options.model = "regression";
  options.losses = {"squared"};
  options.threads = {1};
  options.shard_what = "all";
  options.targets.clear();
  options.loss_targets = {1e-3};
  options.learning_rates = {0.01};
  const record::Report report = run(options);
  ASSERT_EQ(report.workloads.size(), 1U);
  EXPECT_EQ(report.workloads[0].optimum_kind, "none");
  EXPECT_FALSE(report.workloads[0].optimum_value.has_value());
  EXPECT_FALSE(report.workloads[0].smoothness.has_value());
  EXPECT_FALSE(report.throughput.empty());
  std::set<double> starts;
  for (const record::Trajectory& run : report.trajectories) {
    EXPECT_EQ(run.status, "completed");
    EXPECT_LT(*run.curve.loss.back(), *run.curve.loss.front()) << run.id;
    EXPECT_EQ(run.f0, *run.curve.loss.front()) << "f0 of a run is the loss at its own start";
    EXPECT_TRUE(std::abs(*run.curve.batch_loss[0] / *run.curve.loss[0] - 1) <= 0.9);
    starts.insert(run.f0.value_or(0));
  }
  EXPECT_EQ(starts.size(), 2U) << "each seed has a start of its own";
}

TEST(ModelsSweep, WhatIsSaidOfDataIsRefusedBesideALandscape) {
  const auto complaint = [](const std::function<void(SweepOptions&)>& change) {
    SweepOptions options = landscape_options("landscape:strict_saddle");
    change(options);
    try {
      check_options(options);
    } catch (const core::UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(complaint([](SweepOptions&) {}), "");
  EXPECT_NE(complaint([](SweepOptions& o) {
              o.model = "linear";
            }).find("--model: found linear; expected landscape, which --data landscape:NAME selects"),
            std::string::npos);
  const std::string beside = "; expected no such option with --data landscape:NAME";
  EXPECT_EQ(complaint([](SweepOptions& o) { o.losses = {"hinge"}; }), "--loss: found hinge" + beside);
  EXPECT_EQ(complaint([](SweepOptions& o) { o.l2 = 0.1; }), "--l2: found 0.1" + beside);
  EXPECT_EQ(complaint([](SweepOptions& o) { o.preprocess = "unit"; }), "--preprocess: found unit" + beside);
  EXPECT_EQ(complaint([](SweepOptions& o) { o.validation_fraction = 0.5; }),
            "--validation-fraction: found 0.5" + beside);
  EXPECT_EQ(complaint([](SweepOptions& o) { o.bias = false; }), "--bias: found off" + beside);
  EXPECT_NE(complaint([](SweepOptions& o) { o.data = "landscape:strict_sadle"; }).find("did you mean 'strict_saddle'"),
            std::string::npos);
  SweepOptions data = tiny_options();
  data.model = kLandscapeModel;
  EXPECT_THROW(check_options(data), core::UsageError);
  EXPECT_THROW(run(landscape_options("landscape:linear_saddle")), core::UsageError) << "no minimum, so no search";
}

}  // namespace
}  // namespace descent::sweep
