#include "descent/analysis/process_seconds.hpp"

#include <gtest/gtest.h>

#include "analysis/make_report.hpp"

namespace descent::analysis {
namespace {

using record::TimedFrom;
using testing::add_bare_series;
using testing::empty_report;

/// One cell, timed in one process. from[i] says which stored weights sample i was timed from.
record::Report timed(const std::vector<TimedFrom>& from, const std::vector<double>& seconds) {
  record::Report report = empty_report();
  const std::string series = add_bare_series(report, 8);
  record::Cell cell{
      report.series[0].workload, report.series[0].optimizer, 8, report.series[0].sampling, "fused", 1, 1, ""};
  cell.id = record::cell_id(cell);
  report.cells = {cell};
  record::Timing timing;
  timing.cell = cell.id, timing.invocation = 3, timing.timed_from = from, timing.seconds_per_step = seconds;
  timing.steps_per_sample.assign(seconds.size(), 1);
  report.timings = {timing};
  return report;
}

SecondsOfBoth both(const record::Report& base, const record::Report& found) {
  return process_seconds(base, found, base.series[0], base.cells[0], std::nullopt);
}

TEST(ProcessSeconds, TakesTheWeightsThatBothWereTimedFrom) {
  const record::Report base = timed({TimedFrom::start, TimedFrom::end}, {9, 1}), found = timed({TimedFrom::end}, {2});
  const SecondsOfBoth seconds = both(base, found);
  ASSERT_EQ(seconds.base.size(), 1U);
  ASSERT_EQ(seconds.found.size(), 1U);
  EXPECT_EQ(seconds.base[0].invocation, 3);
  // With the samples from the start, too, BASE would look five times as slow as it is.
  EXPECT_EQ(seconds.base[0].seconds, 1);
  EXPECT_EQ(seconds.found[0].seconds, 2);
}

TEST(ProcessSeconds, AProcessIsTheMeanOfItsSamplesAndWeighsItsWeightsAlike) {
  const record::Report report =
      // The samples from the start have the mean 2, that from the end 6.
      timed({TimedFrom::start, TimedFrom::start, TimedFrom::end}, {1, 3, 6});
  EXPECT_EQ(both(report, report).base.at(0).seconds, 4);
}

TEST(ProcessSeconds, NothingInCommonIsNothing) {
  const SecondsOfBoth seconds = both(timed({TimedFrom::start}, {1}), timed({TimedFrom::end}, {2}));
  EXPECT_TRUE(seconds.base.empty());
  EXPECT_TRUE(seconds.found.empty());
}

TEST(ProcessSeconds, ASecondNameOfTheCellIsLeftOut) {
  record::Report report = timed({TimedFrom::end}, {1});
  report.timings.push_back(report.timings[0]);
  report.timings[1].twin = record::Twin::b, report.timings[1].seconds_per_step = {7};
  EXPECT_EQ(both(report, report).base.size(), 1U);
}

}  // namespace
}  // namespace descent::analysis
