#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "descent/core/error.hpp"
#include "descent/record/find.hpp"
#include "descent/sweep/sweep.hpp"
#include "sweep/timing/timing.hpp"
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

class TimedSweep : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("descent-timed-" + std::to_string(getpid()));
    std::filesystem::create_directory(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  SweepOptions options() const {
    SweepOptions result = tiny_options();
    result.out = (folder_ / "report.json").string();
    return result;
  }
  std::filesystem::path folder_;
};

TEST_F(TimedSweep, EveryCellUnderTwoNamesIsComparedWithItself) {
  SweepOptions timed = options();
  timed.shard_what = "all";
  timed.losses = {"softmax_cross_entropy"};
  timed.batch_sizes = {8, 32, 0};
  timed.threads = {1};
  timed.invocations = 3;
  timed.aa_cells = kAllCells;
  const record::Report report = run(timed);
  const auto found = std::find_if(report.checks.begin(), report.checks.end(),
                                  [](const record::Check& check) { return check.kind == "aa"; });
  ASSERT_TRUE(found != report.checks.end());
  EXPECT_NE(found->note.find("of 3 cells timed under two names"), std::string::npos) << found->note;
}

// Gradient descent and sgd with batches of all rows take different steps, since only sgd draws its rows.
TEST_F(TimedSweep, BatchesOfAllRowsAndGradientDescentAreCellsOfTheirOwn) {
  SweepOptions timed = options();
  timed.losses = {"softmax_cross_entropy"};
  timed.targets = {0.5, 0.1};
  timed.tune_each_target = true;  // two series for each cell
  timed.batch_sizes = {8, 0};
  timed.batch_sizes.front() = static_cast<std::int64_t>(
      data::load(timed.data, {timed.preprocess, timed.bias, timed.validation_fraction}).training.rows());
  timed.threads = {1};
  timed.invocations = 2;
  timed.shard_what = "all";
  const record::Report report = run(timed);
  ASSERT_EQ(report.cells.size(), 2U);
  EXPECT_EQ(report.cells[0].batch, report.cells[1].batch);
  EXPECT_NE(report.cells[0].optimizer, report.cells[1].optimizer);
  ASSERT_EQ(report.throughput.size(), 4U);
  for (const record::Throughput& row : report.throughput) {
    EXPECT_EQ(find_cell(report, row.cell)->optimizer, find_series(report, row.series)->optimizer);
    EXPECT_EQ(row.invocations, std::count_if(report.timings.begin(), report.timings.end(), [&](const auto& timing) {
                return timing.cell == row.cell && timing.twin != "b";
              }));
    EXPECT_LE(row.invocations, static_cast<int>(report.invocations.size()));
  }
}

TEST_F(TimedSweep, ASuspectCellIsMeasuredAgainInAProcessOfItsOwn) {
  SweepOptions timed = options();
  timed.shard_what = "all";
  timed.losses = {"softmax_cross_entropy"};
  timed.threads = {1};
  timed.invocations = 3;
  run(timed);
  // Changes the journal, as if one cell had been disturbed in the second process and was not yet measured again.
  const std::string path = timed.out + ".journal";
  std::ifstream in(path);
  std::string text, line;
  while (std::getline(in, line)) {
    nlohmann::json json = nlohmann::json::parse(line);
    if (json.value("kind", "") == "invocation") {
      if (json["key"] == "4") continue;
      for (nlohmann::json& timing : json["value"]["timings"])
        timing["suspect"] = json["key"] == "2" &&
                            timing["cell"].get<std::string>().find("/sgd/32/") != std::string::npos &&
                            timing["twin"] == "a";
    }
    text += json.dump() + '\n';
  }
  in.close();
  std::ofstream(path, std::ios::trunc) << text;
  timed.resume = true;
  Listener listener;
  const record::Report report = run(timed, listener);
  EXPECT_EQ(std::count(listener.fresh.begin(), listener.fresh.end(), "invocation 4"), 1);
  EXPECT_EQ(report.invocations.size(), 4U);
  EXPECT_TRUE(std::any_of(report.timings.begin(), report.timings.end(), [&](const record::Timing& timing) {
    return timing.invocation == 4 && find_cell(report, timing.cell)->batch == 32 && timing.twin == "a";
  }));
}

// These runs take a millisecond. They are repeated without a pause until they are long enough to time.
TEST_F(TimedSweep, TheBestCellsAreTrainedAgainHoweverShortTheirRunsAre) {
  SweepOptions timed = killed_options();
  timed.out = options().out;
  const record::Report report = run(timed);
  int best = 0;
  for (const record::Summary& summary : report.summary) {
    if (summary.best_cell.empty()) continue;
    ++best;
    const std::string subject = summary.best_series + " threads:1";
    const auto found = std::find_if(report.checks.begin(), report.checks.end(), [&](const record::Check& check) {
      return check.kind == "end_to_end" && check.subject == subject;
    });
    ASSERT_TRUE(found != report.checks.end()) << subject;
    EXPECT_TRUE(*found->value > 0 && *found->seconds > 0);
    EXPECT_TRUE(found->low && *found->low <= *found->value && *found->value <= *found->high);
    EXPECT_LT(*found->seconds, 0.01) << "this run is long enough by itself, so that nothing was repeated";
  }
  EXPECT_GT(best, 0);
  const auto composition = std::find_if(report.checks.begin(), report.checks.end(),
                                        [](const record::Check& check) { return check.kind == "composition"; });
  ASSERT_TRUE(composition != report.checks.end());
  EXPECT_NE(composition->verdict, "not_measured");
}

TEST_F(TimedSweep, ATimingProcessRefusesOtherDataAndItsErrorIsNotPrintedTwice) {
  TimingOrder order;
  order.data = options().data;
  order.content_hash = "of other data";
  const std::atomic<bool> never{false};
  ::testing::internal::CaptureStderr();
  std::string text;
  try {
    run_in_process(order, (folder_ / "order").string(), never);
  } catch (const core::InputError& error) {
    text = error.what();
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_NE(text.find("timing process 0: found exit status 2; expected exit status 0; it said: "), std::string::npos)
      << text;
  EXPECT_NE(text.find("the data have changed"), std::string::npos) << text;
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST_F(TimedSweep, RunningAgainWithoutResumeKeepsTheOldJournalAndSaysSo) {
  SweepOptions again = options();
  again.losses = {"softmax_cross_entropy"};
  Listener first, second;
  first.cancel_after = 5;
  run(again, first);
  EXPECT_TRUE(first.warnings.empty());
  second.cancel_after = 1;
  run(again, second);
  ASSERT_EQ(second.warnings.size(), 1U);
  EXPECT_NE(second.warnings[0].find(again.out + ".journal.old; --resume"), std::string::npos) << second.warnings[0];
  EXPECT_TRUE(std::filesystem::exists(again.out + ".journal.old"));
}

}  // namespace
}  // namespace descent::sweep
