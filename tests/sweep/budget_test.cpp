#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "descent/sweep/sweep.hpp"
#include "sweep/tiny.hpp"

namespace descent::sweep {
namespace {

record::Report run(const SweepOptions& options, Listener& listener) {
  return run_sweep(options, {"descent", "run"}, listener, listener.cancel);
}
record::Report run(const SweepOptions& options) {
  Listener listener;
  return run(options, listener);
}

// A trial, that is a series with a rate and a seed, reaches the target at the same step however much time the other
// trials get.
TEST(RunSweep, ATrialsCrossingDoesNotDependOnTheBudget) {
  std::map<std::tuple<std::string, double, std::uint64_t>, double> known;
  int compared = 0;
  for (const std::int64_t steps : {400, 2000, 8000}) {
    SweepOptions options = tiny_options();
    options.data = "synthetic:synthA?task=multiclass";
    options.bias = false;
    options.l2 = 0.01;
    options.batch_sizes = {1, 2, 4};
    options.optimizers = {"sgd"};
    options.max_epochs = 1;
    options.max_steps = steps;
    for (const record::Tuning& trial : run(options).tunings) {
      if (!trial.steps_to_target) continue;
      const auto [at, added] = known.try_emplace({trial.series, trial.lr, trial.seed}, *trial.steps_to_target);
      compared += !added;
      EXPECT_EQ(at->second, *trial.steps_to_target) << trial.series << " lr " << trial.lr << " seed " << trial.seed;
    }
  }
  EXPECT_GT(compared, 100);
}

TEST(RunSweep, ABudgetLeavesOutTheLargestBatchesAndSaysSo) {
  SweepOptions options = tiny_options();
  options.budget_seconds = 1e-6;
  const record::Report report = run(options);
  EXPECT_EQ(report.status, "partial");
  EXPECT_TRUE(std::any_of(report.series.begin(), report.series.end(),
                          [](const record::Series& s) { return s.status == "not_run"; }));
  for (const record::Trajectory& trajectory : report.trajectories)
    EXPECT_EQ(trajectory.status == "not_run", trajectory.curve.step.empty());
}

// A model without a known optimum has no rate to search for, if the budget is over before a low loss was found.
TEST(RunSweep, ABudgetThatEndsBeforeALowLossIsFoundLeavesTheWorkloadOut) {
  for (const char* model : {"network(hidden=4)", "network(hidden=4,activation=tanh)"})
    for (const char* loss : {"logistic", "softmax_cross_entropy"}) {
      SweepOptions options = tiny_options();
      options.model = model;
      options.losses = {loss};
      options.optimizers = {"sgd"};
      options.budget_seconds = 1e-6;
      Listener listener;
      EXPECT_EQ(run(options, listener).status, "partial") << model << loss;
    }
}

// However much fits into the budget here, the series that are left out have larger batches than those that are not.
TEST(RunSweep, UnderABudgetWhatIsLeftOutIsNoSmallerThanWhatIsNot) {
  SweepOptions options = tiny_options();
  options.data = "synthetic:blobs?n=20000&d=40&classes=3&separation=1&noise=0.1&seed=1";
  options.losses = {"softmax_cross_entropy"};
  options.batch_sizes = {16, 64, 256, 1024, 4096, 0};
  options.targets = {1e-3};
  options.max_epochs = 60;
  options.max_steps = 2000;
  options.threads = {1};
  for (const double seconds : {0.5, 1.0, 2.0}) {
    options.budget_seconds = seconds;
    Listener listener;
    const record::Report report = run(options, listener);
    std::int64_t largest_done = 0, smallest_left = 1 << 30;
    for (const record::Trajectory& run : report.trajectories)
      if (run.status == "not_run")
        smallest_left = std::min(smallest_left, run.batch);
      else
        largest_done = std::max(largest_done, run.batch);
    // One worker takes the pieces in order, so that some seeds of one batch size may be left out and others not.
    EXPECT_LE(largest_done, smallest_left) << seconds;
    const bool left = smallest_left < 1 << 30;
    EXPECT_EQ(report.status, left ? "partial" : "complete");
    EXPECT_EQ(left, std::any_of(listener.warnings.begin(), listener.warnings.end(), [](const std::string& text) {
                return text.find("did not fit into the budget") != std::string::npos;
              }));
  }
}

TEST(RunSweep, QuickCertifiesKinkedLossesAsTightlyAsEveryPreset) {
  SweepOptions options = tiny_options();
  options.data = "synthetic:synthA?task=binary";
  options.bias = false;
  options.l2 = 0.01;
  options.losses = {"hinge", "absolute", "multiclass_svm"};
  options.batch_sizes = {0};
  for (const record::Workload& workload : run(options).workloads) {
    EXPECT_EQ(workload.optimum_kind, "certified") << workload.id;
    EXPECT_TRUE(*workload.optimum_gap <= 1e-6 * *workload.optimum_value) << workload.id;
  }
}

}  // namespace
}  // namespace descent::sweep
