// Cells with more threads than CPUs are marked in every table. They are never the best cell if there are others.
#include <gtest/gtest.h>

#include <algorithm>

#include "descent/analysis/analyse.hpp"
#include "make_report.hpp"

namespace descent::analysis {
namespace {

using testing::add_series;
using testing::add_timing;
using testing::empty_report;

/// One series on 2 CPUs, timed on 1 thread and on 4 threads, which are twice as fast.
record::Report report_with(bool also_one_thread) {
  record::Report report = empty_report();
  add_series(report, 32, 10, {1, 1, 1});
  for (int i = 0; i < 5; ++i) {
    if (also_one_thread) add_timing(report, "w/sgd/32", 32, 1, i, {2e-5, 2e-5});
    add_timing(report, "w/sgd/32", 32, 4, i, {1e-5, 1e-5});
    report.timings.back().oversubscribed = true;
  }
  return analyse(std::move(report));
}

TEST(Oversubscribed, CellsAreMarkedInEveryTable) {
  const record::Report report = report_with(true);
  const auto marked = [](const auto& rows) {
    return std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row.oversubscribed; });
  };
  EXPECT_EQ(report.throughput.size(), 2U);
  EXPECT_EQ(marked(report.throughput), 1);
  EXPECT_EQ(marked(report.time_to_target), static_cast<std::ptrdiff_t>(report.time_to_target.size() / 2));
  EXPECT_EQ(marked(report.benchmarks), static_cast<std::ptrdiff_t>(report.benchmarks.size() / 2));
}

TEST(Oversubscribed, TheBestCellHasACpuForEachThreadWhereThereIsOne) {
  const record::Report report = report_with(true);
  for (const record::Summary& summary : report.summary) {
    EXPECT_EQ(find_cell(report, summary.best_cell)->threads, 1);
    EXPECT_FALSE(summary.best_oversubscribed);
    EXPECT_TRUE(summary.tied.empty());
  }
  const record::Report alone = report_with(false);
  for (const record::Summary& summary : alone.summary) {
    EXPECT_EQ(find_cell(alone, summary.best_cell)->threads, 4);
    EXPECT_TRUE(summary.best_oversubscribed);
  }
}

/// From a real report: batch 64 needs half the steps of batch 32. A step takes 10 µs on 1 and on 2 threads for both. On
/// 4 threads, which are more than the 2 CPUs, it takes 5 µs for batch 64.
record::Report two_batches() {
  record::Report report = empty_report();
  testing::set_targets(report, {0.01});
  add_series(report, 32, 100, {1, 1, 1});
  add_series(report, 64, 50, {1, 1, 1});
  for (const std::int64_t batch : {32, 64})
    for (const int threads : {1, 2, 4})
      for (int i = 0; i < 5; ++i) {
        add_timing(report, "w/sgd/" + std::to_string(batch), batch, threads, i,
                   {1e-5 * (threads == 4 && batch == 64 ? 0.5 : 1) * (1 + 1e-3 * threads * (threads < 4))});
        report.timings.back().oversubscribed = threads == 4;
      }
  return report;
}

TEST(Oversubscribed, CellsCountNowhereWhereTheRecommendationLeavesThemOut) {
  const record::Report report = analyse(two_batches());
  EXPECT_NEAR(*report.doublings.at(0).time_gain, *report.doublings.at(0).step_gain, 1e-9) << "both on 1 thread";
  EXPECT_EQ(report.returns.at(0).best_threads, 1);
  int pareto = 0;
  for (const record::TimeToTarget& row : report.time_to_target) {
    pareto += row.pareto;
    EXPECT_FALSE(row.pareto && row.oversubscribed) << row.cell;
  }
  EXPECT_GT(pareto, 0);
}

TEST(Oversubscribed, CellsCountWhereThereAreNoOthers) {
  record::Report report = two_batches();
  std::erase_if(report.timings, [](const record::Timing& timing) { return !timing.oversubscribed; });
  report = analyse(report);
  EXPECT_NEAR(*report.doublings.at(0).time_gain, 2 * *report.doublings.at(0).step_gain, 1e-9);
  EXPECT_EQ(report.returns.at(0).best_threads, 4);
  EXPECT_TRUE(std::any_of(report.time_to_target.begin(), report.time_to_target.end(),
                          [](const record::TimeToTarget& row) { return row.pareto; }));
}

}  // namespace
}  // namespace descent::analysis
