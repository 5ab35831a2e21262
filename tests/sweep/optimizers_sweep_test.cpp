#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "descent/record/find.hpp"
#include "descent/sweep/sweep.hpp"
#include "descent/train/optimizer.hpp"
#include "sweep/tiny.hpp"

// Optimizers through a whole sweep: search, trajectories, timings and the report.

namespace descent::sweep {
namespace {

record::Report run(std::vector<std::string> optimizers) {
  SweepOptions options = tiny_options();
  options.losses = {"softmax_cross_entropy"};
  options.optimizers = std::move(optimizers);
  options.threads = {1};
  options.shard_what = "all";
  Listener listener;
  return run_sweep(options, {"descent", "run"}, listener, listener.cancel);
}

const record::Report& with_all() {
  static const record::Report report = run({"gd", "sgd", "momentum", "test_svrg"});
  return report;
}

std::vector<record::Series> series_of(const record::Report& report, const std::string& optimizer) {
  std::vector<record::Series> result;
  for (const record::Series& series : report.series)
    if (series.optimizer == optimizer) result.push_back(series);
  return result;
}

TEST(OptimizersSweep, EveryOneIsSearchedTrainedTimedAndReported) {
  const record::Report& report = with_all();
  for (const auto& [optimizer, batches] :
       {std::pair<std::string, std::size_t>{"gd", 1}, {"sgd", 2}, {"momentum(beta=0.9)", 3}, {"test_svrg", 2}}) {
    const std::vector<record::Series> found = series_of(report, optimizer);
    ASSERT_EQ(found.size(), batches) << optimizer;
    const auto method = train::make_optimizer(optimizer);
    for (const record::Series& series : found) {
      EXPECT_NE(series.id.find("/" + optimizer + "/"), std::string::npos);
      EXPECT_EQ(series.status, "completed");
      EXPECT_EQ(series.full_batch, series.batch == 240);
      EXPECT_EQ(series.stochastic, series.batch != 240);
      EXPECT_EQ(series.plain_step, optimizer == "gd" || optimizer == "sgd");
      EXPECT_EQ(series.rows_per_step, method->rows_per_step(240, static_cast<std::size_t>(series.batch)));
      EXPECT_GT(std::count_if(report.tunings.begin(), report.tunings.end(),
                              [&](const record::Tuning& trial) { return trial.series == series.id; }),
                5);
      const auto rows = std::count_if(report.convergence.begin(), report.convergence.end(), [&](const auto& row) {
        return row.series == series.id && row.ert_steps.has_value();
      });
      EXPECT_GE(rows, 1) << series.id << " reached no target";
      const auto times = std::count_if(report.time_to_target.begin(), report.time_to_target.end(),
                                       [&](const auto& row) { return row.series == series.id; });
      EXPECT_GE(times, 1) << series.id;
    }
  }
}

TEST(OptimizersSweep, CellsOfTwoOptimizersAreTimedApart) {
  const record::Report& report = with_all();
  std::set<std::string> timed;
  for (const record::Timing& timing : report.timings) timed.insert(timing.cell);
  EXPECT_EQ(timed.size(), 1U + 2U + 3U + 2U);
  for (const std::string& id : timed) {
    const record::Cell* const cell = record::find_cell(report, id);
    ASSERT_NE(cell, nullptr) << id;
    EXPECT_NE(id.find(cell->optimizer), std::string::npos) << id;
  }
}

// The search, the seeds and the weights of an optimizer do not depend on which others run in the same sweep.
TEST(OptimizersSweep, OthersLeaveGradientDescentAsItIs) {
  const record::Report alone = run({"gd", "sgd"});
  std::size_t compared = 0;
  for (const record::Trajectory& expected : alone.trajectories)
    for (const record::Trajectory& found : with_all().trajectories)
      if (found.id == expected.id) {
        ++compared;
        EXPECT_EQ(found.weights_hash, expected.weights_hash) << found.id;
        EXPECT_EQ(found.lr, expected.lr) << found.id;
      }
  EXPECT_EQ(compared, alone.trajectories.size());
  ASSERT_EQ(alone.floors.size(), 2U);
  EXPECT_EQ(with_all().floors.size(), 2U) << "noise floors are measured for plain steps only";
}

// The first rate that is tried is the method's own, and not the one that another method's search found.
TEST(OptimizersSweep, ASearchBeginsAtItsOwnFirstRate) {
  const record::Report& report = with_all();
  const auto first = [&](const std::string& optimizer) {
    for (const record::Tuning& trial : report.tunings)
      if (trial.series == series_of(report, optimizer).front().id) return trial.lr;
    return 0.0;
  };
  EXPECT_TRUE(std::abs(first("momentum(beta=0.9)") / first("sgd") - 0.1) <= 1e-12);
}

// An epoch counts all rows that the steps read.
TEST(OptimizersSweep, VarianceReductionPaysForTheRowsItReads) {
  const record::Report& report = with_all();
  for (const record::Trajectory& run : report.trajectories)
    if (run.optimizer == "test_svrg") {
      const double rows = 2 * static_cast<double>(run.batch) + 240.0 / 20;
      EXPECT_TRUE(std::abs(run.curve.epoch.back() - static_cast<double>(run.steps) * rows / 240) <= 1e-9);
    }
}

}  // namespace
}  // namespace descent::sweep
