// A kind of storage and an engine that are registered only in the tests, through a whole sweep.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "descent/sweep/load_options.hpp"
#include "sweep/tiny.hpp"

namespace descent::sweep {
namespace {

/// Rows of three classes, of whole numbers from 0 to 15. Each class has a feature that separates it; some labels are
/// wrong.
std::string nibble_data() {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("descent-nibbles-" + std::to_string(getpid()) + ".csv")).string();
  std::ofstream out(path);
  for (int i = 0; i < 240; ++i) {
    const int label = (i + (i % 17 == 0 ? 1 : 0)) % 3;
    for (int j = 0; j < 4; ++j) out << (j == i % 3 ? 6 + (5 * i + j) % 5 : (7 * i + 3 * j) % 6) << ',';
    out << 'c' << label << '\n';
  }
  return "csv:" + path;
}

SweepOptions nibble_options(const std::string& engine) {
  SweepOptions options = tiny_options();
  options.data = nibble_data();
  options.losses = {"softmax_cross_entropy"};
  options.threads = {1};
  options.trajectory_engine = engine;
  options.engines = {engine};
  return options;
}

record::Report run(const SweepOptions& options) {
  Listener listener;
  return run_sweep(options, {"descent", "run"}, listener, listener.cancel);
}

TEST(AStorageOfItsOwn, IsLoadedForTheEngineThatReadsItAndGoesThroughTheSweepToTheReport) {
  const SweepOptions options = nibble_options("nibble");
  EXPECT_EQ(load_options(options).storage, "nibbles");
  EXPECT_EQ(data::load(options.data, load_options(options)).training.features.kind(), "nibbles");
  const record::Report report = run(options), expected = run(nibble_options("reference"));
  EXPECT_EQ(report.status, "complete");
  ASSERT_EQ(report.datasets.size(), 1U);
  EXPECT_EQ(report.datasets[0].lambda1, expected.datasets[0].lambda1);
  EXPECT_EQ(report.datasets[0].content_hash, expected.datasets[0].content_hash);
  ASSERT_EQ(report.workloads.size(), 1U);
  EXPECT_EQ(report.workloads[0].optimum_kind, "certified");
  EXPECT_EQ(report.workloads[0].optimum_value, expected.workloads[0].optimum_value);
  ASSERT_EQ(report.trajectories.size(), expected.trajectories.size());
  for (std::size_t t = 0; t < report.trajectories.size(); ++t) {
    EXPECT_EQ(report.trajectories[t].status, "completed");
    const auto &found = report.trajectories[t].curve.loss, &known = expected.trajectories[t].curve.loss;
    ASSERT_FALSE(found.empty());
    EXPECT_NEAR(found.back().value(), known.back().value(), 1e-3 * known.back().value());
  }
  EXPECT_FALSE(report.convergence.empty());
  EXPECT_FALSE(report.moments.empty());
}

// For two engines that read different kinds of rows, dense rows are loaded. The engine that does not read these says
// so.
TEST(AStorageOfItsOwn, IsRefusedWithTheReasonWhereTheRowsAreOthers) {
  SweepOptions options = nibble_options("nibble");
  options.engines = {"nibble", "reference"};
  EXPECT_EQ(load_options(options).storage, "dense");
  try {
    run(options);
    FAIL();
  } catch (const core::UsageError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("engine 'nibble' refuses softmax_cross_entropy on "));
    EXPECT_THAT(error.what(), testing::HasSubstr("it reads rows as nibbles; these are stored as dense float32"));
  }
}

}  // namespace
}  // namespace descent::sweep
