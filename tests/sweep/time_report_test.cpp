// Times the cells of a report that was made on another machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "descent/join/merge.hpp"
#include "descent/record/find.hpp"
#include "descent/sweep/sweep.hpp"
#include "sweep/deterministic.hpp"
#include "sweep/tiny.hpp"

namespace descent::sweep {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

SweepOptions base_options() {
  SweepOptions options = tiny_options();
  options.validation_fraction = 0.2;  // so that there is a target of accuracy, too
  return options;
}

/// A report without timings, as if another machine had made it.
const record::Report& base() {
  static const record::Report report = [] {
    Listener listener;
    record::Report made = run_sweep(base_options(), {"descent", "run"}, listener, listener.cancel);
    made.context.host_name = "elsewhere";
    made.context.machine = {{"model", "Another CPU"}, {"cores", "8"}};
    return made;
  }();
  return report;
}

class TimeReport : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("descent-time-" + std::to_string(getpid()));
    std::filesystem::create_directory(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  SweepOptions options() const {
    SweepOptions result = base_options();
    result.shard_what = "all";
    result.threads = {1};
    result.aa_cells = 0;
    result.roof_seconds = 0.05;
    result.budget_seconds = 600;  // with a time limit, the roofs are measured more quickly
    result.out = (folder_ / "new.json").string();
    return result;
  }
  static record::Report time(const record::Report& report, const SweepOptions& options, Listener& listener) {
    return time_report(report, "base.json", options, {"descent", "time"}, listener, listener.cancel);
  }
  static std::string refusal(const record::Report& report, const SweepOptions& options) {
    Listener listener;
    try {
      time(report, options, listener);
    } catch (const join::MergeConflict& error) {
      return error.what();
    }
    return "";
  }
  std::filesystem::path folder_;
};

TEST_F(TimeReport, HasTheStatisticsOfTheReportAndTimesOfThisMachine) {
  Listener listener;
  const record::Report timed = time(base(), options(), listener);
  EXPECT_EQ(timed.status, "complete");
  EXPECT_EQ(difference(deterministic_text(timed), deterministic_text(base())), "");
  EXPECT_EQ(timed.context.statistics_from.at("host"), "elsewhere");
  EXPECT_EQ(timed.context.statistics_from.at("model"), "Another CPU");
  EXPECT_NE(timed.context.host_name, "elsewhere");
  EXPECT_EQ(timed.roofs.size(), 1U);
  EXPECT_EQ(timed.cells.size(), 6U);
  EXPECT_EQ(timed.throughput.size(), 6U);
  // If the active share of a loss changes during a run, its steps are timed at three points of the run; otherwise at
  // one.
  for (const record::Throughput& row : timed.throughput)
    EXPECT_EQ(row.timed_from, row.series.find("multiclass_svm") != std::string::npos ? "end,middle,start" : "middle")
        << row.series;
  for (const record::TimeToTarget& row : timed.time_to_target)
    EXPECT_TRUE(row.seconds || row.target_kind == record::TargetKind::accuracy) << row.series;
  // Seconds that the other machine spent are not results of this one.
  EXPECT_FALSE(timed.summary.empty());
  for (const record::Summary& row : timed.summary)
    EXPECT_FALSE(row.tuning_core_seconds || row.baseline_seconds) << row.workload;
  const auto hashes = std::count_if(timed.checks.begin(), timed.checks.end(), [](const record::Check& check) {
    return check.kind == "weights_hash" && check.verdict == "ok" &&
           check.subject.find(" up to step ") != std::string::npos;
  });
  EXPECT_EQ(hashes, 6);
  // Runs are trained only as far as the timings need.
  EXPECT_EQ(listener.stages, (std::vector<std::string>{"calibrate", "train", "time", "check"}));
  int trained = 0;
  for (const std::string& piece : listener.fresh) {
    if (piece.rfind("retraced ", 0) != 0) continue;
    ++trained;
    for (const record::Trajectory& run : base().trajectories) {
      if (piece.find(run.id + " lr") == std::string::npos) continue;
      EXPECT_EQ(run.seed, 1U);
      const bool changes = run.id.find("multiclass_svm") != std::string::npos;
      EXPECT_EQ(piece.substr(piece.rfind(' ') + 1), std::to_string(changes ? run.done_step : run.kept.front().step));
    }
  }
  EXPECT_EQ(trained, 6);
}

TEST_F(TimeReport, GoesOnWhereItWasInterrupted) {
  SweepOptions timed = options();
  Listener first;
  first.cancel_after = 4;
  EXPECT_EQ(time(base(), timed, first).status, "partial");
  timed.resume = true;
  Listener second;
  const record::Report report = time(base(), timed, second);
  EXPECT_EQ(report.status, "complete");
  EXPECT_GE(second.resumed.size(), 4U);
  EXPECT_EQ(difference(deterministic_text(report), deterministic_text(base())), "");
}

TEST_F(TimeReport, TheJournalOfARunOrOfAnotherReportIsNotContinued) {
  SweepOptions timed = options();
  Listener first;
  first.cancel_after = 2;
  time(base(), timed, first);
  timed.resume = true;
  record::Report other = base();
  other.series[0].chosen_lr *= 2;
  Listener second;
  const auto message = [](auto&& call) -> std::string {
    try {
      call();
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message([&] { time(other, timed, second); }), HasSubstr("another report of statistics"));
  EXPECT_THAT(message([&] {
                run_sweep(timed, {"descent", "run"}, second, second.cancel);
              }),
              HasSubstr("another report of statistics"));
}

TEST_F(TimeReport, DataElsewhereAreTheSameWhateverTheyAreCalled) {
  record::Report other = base();
  // A report in which the data have another name, with which all ids begin.
  const std::string name = other.datasets[0].id;
  const auto rename = [&](std::string& id) { id.replace(id.find(name), name.size(), "there"); };
  other.datasets[0].id = "there";
  for (record::Workload& workload : other.workloads) rename(workload.id), workload.dataset = "there";
  for (record::Series& series : other.series) rename(series.id), rename(series.workload);
  for (record::Trajectory& run : other.trajectories) rename(run.id), rename(run.series), rename(run.workload);
  Listener listener;
  listener.cancel_after = 7;  // one roof, and one run of each series
  const record::Report timed = time(other, options(), listener);
  EXPECT_THAT(listener.fresh.back(), HasSubstr("retraced there/linear/"));
  EXPECT_EQ(timed.datasets[0].uri, options().data);
}

TEST_F(TimeReport, NamesWhatDoesNotBelongTogether) {
  record::Report other = base();
  other.context.arithmetic["plan_version"] = "1";
  EXPECT_THAT(refusal(other, options()), StartsWith("base.json: arithmetic: plan_version: found 1, expected "));
  other = base();
  other.datasets[0].content_hash = "abc";
  EXPECT_THAT(refusal(other, options()), StartsWith("base.json: hash of the training rows: found abc, expected "));
  other = base();
  other.datasets[0].validation_hash = "def";
  EXPECT_THAT(refusal(other, options()), StartsWith("base.json: hash of the validation rows: found def, expected "));
  std::erase_if(other.targets,
                [](const record::Target& target) { return target.kind == record::TargetKind::accuracy; });
  Listener listener;
  listener.cancel_after = 1;
  // Without a target of accuracy, nothing depends on the validation rows.
  EXPECT_EQ(time(other, options(), listener).status, "partial");
  other = base();
  other.context.shard = 1, other.context.shards = 2;
  EXPECT_THAT(refusal(other, options()), HasSubstr("found share 1 of 2, expected a whole sweep"));
  other = base();
  other.trajectories.clear();
  EXPECT_THAT(refusal(other, options()), HasSubstr("trajectories: found none"));
  other = base();
  other.series[0].id = "of another program";
  EXPECT_THAT(refusal(other, options()), HasSubstr("series of another program: "));
}

TEST_F(TimeReport, RefusesWhereTheWeightsComeOutOtherwise) {
  record::Report other = base();
  record::KeptWeights& kept = other.trajectories[0].kept.front();
  kept.weights_hash[0] = kept.weights_hash[0] == '0' ? '1' : '0';
  const std::string text = refusal(other, options());
  EXPECT_THAT(text, HasSubstr("run " + other.trajectories[0].id + " gives other weights on this machine"));
  EXPECT_THAT(text, HasSubstr("expected " + kept.weights_hash));
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace descent::sweep
