#include "descent/join/merge.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "record/words.hpp"

namespace descent::join {
namespace {

/// A report of one series that has everything that merging reads.
record::Report part() {
  record::Report report;
  report.status = record::word("partial");
  record::Context& context = report.context;
  context.host_name = "here", context.num_cpus = 2;
  context.machine = {{"model", "cpu"}, {"cpuset", "0,1"}, {"quota", "none"}, {"boot_id", "b1"}};
  context.build = {{"compiler", "GCC 12"}, {"flags", "-O3"}, {"git_commit", "abc"}, {"executable_hash", "e1"}};
  context.libraries = {{"openblas_core", "Zen"}};
  context.arithmetic = {{"engine", "fused"}, {"plan_version", "3"}};
  context.configuration = {{"loss", "logistic"},  {"threads", "1,2"},    {"max-steps", "100"}, {"max-epochs", "5"},
                           {"passage", "grid"},   {"l2", "0.0001"},      {"seeds", "2"},       {"target", "0.1"},
                           {"shard", "1/2"},      {"precision", "0.02"}, {"pin", "on"},        {"placement", "compact"},
                           {"shard-what", "all"}, {"data", "idx:here"}};
  context.shard = 1, context.shards = 2;
  record::DatasetRecord data;
  data.id = "d", data.uri = "idx:here", data.n = 10, data.content_hash = "c";
  report.datasets = {data};
  record::Workload workload;
  workload.id = "w", workload.dataset = "d", workload.f0 = 1, workload.optimum_value = 0.5;
  workload.optimum_passage = {{1, 0.25, 0.75}};
  report.workloads = {workload};
  record::Series series;
  report.targets = {{record::TargetKind::suboptimality, 0.1, true}};
  series.id = "s", series.workload = "w", series.chosen_lr = 0.5, series.status = record::word("completed"),
  series.batch = 8;
  report.series = {series};
  report.tunings = {{"s", 0.5, 100, 7, 6.5, record::TrialStatus::reached, 0.5}};
  record::Trajectory run;
  run.id = "s/1", run.series = "s", run.workload = "w", run.status = record::word("completed"), run.steps = 2,
  run.weights_hash = "h";
  run.curve.step = {0, 1}, run.curve.epoch = {0, 0.5}, run.curve.loss = {1.0, 0.75};
  run.train_seconds = 3;
  report.trajectories = {run};
  record::Moment moment;
  moment.workload = "w", moment.checkpoint = "start", moment.batch = 8, moment.sampled = {1, 2};
  report.moments = {moment};
  report.cells = {{"w", "sgd", 8, record::Sampling::reshuffle, "fused", 1, 1, "w/sgd/8/reshuffle/fused/1"}};
  for (int i = 1; i <= 2; ++i) {
    record::Invocation invocation;
    invocation.id = i, invocation.precision = 0.02, invocation.process = "p" + std::to_string(i),
    invocation.date = "2026-01-01T00:00:00+00:00";
    report.invocations.push_back(invocation);
    record::Timing timing;
    timing.cell = "w/sgd/8/reshuffle/fused/1";
    timing.invocation = i, timing.seconds_per_step = {1e-3}, timing.steps_per_sample = {10},
    timing.timed_from = {record::TimedFrom::end};
    report.timings.push_back(timing);
    report.sentinels.push_back({i, 0, 0, 1e-3, 1e-3, 1e-3});
  }
  return report;
}

/// The message that refuses to merge two parts after a change to the second one; "" if they are merged.
std::string refusal(const std::function<void(record::Report&)>& change, bool other_processes = false) {
  std::vector<record::Report> parts{part(), part()};
  parts[1].context.configuration["shard"] = "2/2", parts[1].context.shard = 2;
  if (other_processes)
    for (record::Invocation& invocation : parts[1].invocations) invocation.process += "'";
  change(parts[1]);
  try {
    join::merge_reports(parts);
  } catch (const join::MergeConflict& conflict) {
    return conflict.what();
  }
  return "";
}

TEST(MergeReports, JoinsPartsThatDifferInWhatMayDiffer) {
  EXPECT_EQ(refusal([](record::Report& report) {
              for (const char* name : {"shard-what", "out", "budget", "resume", "quiet", "data"})
                report.context.configuration[name] = "other";
              report.context.configuration["threads"] = "2,1";
              report.datasets[0].uri = "idx:there";
              report.trajectories[0].train_seconds = report.trajectories[0].evaluate_seconds = 9;
              report.workloads[0].optimum_passage[0].seconds = 9;
              report.tunings[0].seconds = 9;
            }),
            "");
}

TEST(MergeReports, NamesAnOptionThatDiffers) {
  for (const char* name :
       {"max-steps", "max-epochs", "passage", "threads", "l2", "seeds", "target", "precision", "pin", "placement"}) {
    const std::string text = refusal([&](record::Report& report) { report.context.configuration[name] = "77"; });
    EXPECT_NE(text.find(std::string("cannot merge: option ") + name + ": found 77, expected "), std::string::npos)
        << text;
  }
  const std::string missing = refusal([](record::Report& report) { report.context.configuration.erase("seeds"); });
  EXPECT_NE(missing.find("option seeds: found nothing, expected 2"), std::string::npos) << missing;
}

TEST(MergeReports, NamesARecordThatDiffersAnywhere) {
  const auto expect_named = [](const char* what, const std::function<void(record::Report&)>& change) {
    EXPECT_NE(refusal(change).find(what), std::string::npos) << what << " in: " << refusal(change);
  };
  expect_named("arithmetic: plan_version: found 4, expected 3",
               [](record::Report& report) { report.context.arithmetic["plan_version"] = "4"; });
  expect_named("data set d: content_hash: found x, expected c",
               [](record::Report& report) { report.datasets[0].content_hash = "x"; });
  expect_named("workload w: f0: found 2", [](record::Report& report) { report.workloads[0].f0 = 2; });
  expect_named("workload w: optimum_passage/0/value",
               [](record::Report& report) { report.workloads[0].optimum_passage[0].value = 9; });
  expect_named("series s: chosen_lr", [](record::Report& report) { report.series[0].chosen_lr = 0.25; });
  expect_named("series s: lr_at_edge", [](record::Report& report) { report.series[0].lr_at_edge = true; });
  expect_named("series s: trial 0 at lr 0.5 seed 100: steps",
               [](record::Report& report) { report.tunings[0].steps = 8; });
  expect_named("trajectory s/1: curve/loss/1: found 0.5, expected 0.75",
               [](record::Report& report) { report.trajectories[0].curve.loss[1] = 0.5; });
  expect_named("trajectory s/1: weights_hash: found y, expected h",
               [](record::Report& report) { report.trajectories[0].weights_hash = "y"; });
  expect_named("moments of w at start, batch 8 none: sampled/1: found 3",
               [](record::Report& report) { report.moments[0].sampled[1] = 3; });
}

TEST(MergeReports, TimingsComeFromOneBootOfOneMachineAndOneBuild) {
  const auto expect_named = [](const char* what, const std::function<void(record::Context&)>& change) {
    const std::string text = refusal([&](record::Report& report) { change(report.context); }, true);
    EXPECT_NE(text.find(what), std::string::npos) << text;
  };
  expect_named("host", [](record::Context& context) { context.host_name = "there"; });
  expect_named("num_cpus: found 4, expected 2", [](record::Context& context) { context.num_cpus = 4; });
  for (const char* name : {"model", "cpuset", "quota", "boot_id"})
    expect_named(name, [&](record::Context& context) { context.machine[name] = "other"; });
  for (const char* name : {"compiler", "flags", "git_commit", "executable_hash"})
    expect_named(name, [&](record::Context& context) { context.build[name] = "other"; });
  expect_named("openblas_core", [](record::Context& context) { context.libraries["openblas_core"] = "Haswell"; });
  // Training may be done on any machine by any build, because its results are the same; only timings depend on them.
  EXPECT_EQ(refusal([](record::Report& report) {
              report.context.host_name = "there";
              report.context.build["git_commit"] = "other";
              report.timings.clear(), report.invocations.clear(), report.sentinels.clear();
              report.checks = {{record::CheckKind::weights_hash, "s threads:2", record::Verdict::ok, {}, {}, {}, ""}};
            }),
            "");
}

TEST(MergeReports, ProcessesAreTakenOnceAndNeverDropped) {
  std::vector<record::Report> parts{part(), part()};
  EXPECT_EQ(join::merge_reports(parts).timings.size(), 2U);  // both parts hold the same two
  // Processes with other identifiers are different ones, even with the same time and number.
  for (record::Invocation& invocation : parts[1].invocations) invocation.process += "'";
  const record::Report merged = join::merge_reports(parts);
  ASSERT_EQ(merged.invocations.size(), 4U);
  EXPECT_EQ(merged.timings.size(), 4U);
  EXPECT_EQ(merged.sentinels.size(), 4U);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(merged.timings[static_cast<std::size_t>(i)].invocation, i + 1);
  // The two parts hold different times of one process, which cannot both be right.
  const std::string text = refusal([](record::Report& report) { report.timings[1].seconds_per_step[0] = 2e-3; });
  EXPECT_NE(text.find("timing process p2: timings/0/seconds_per_step/0: found 0.002, expected 0.001"),
            std::string::npos)
      << text;
}

TEST(MergeReports, ChecksOfTimingsAreMadeAnewAndTheWorseOfOthersStays) {
  std::vector<record::Report> parts{part(), part()};
  for (record::Invocation& invocation : parts[1].invocations) invocation.process += "'";
  parts[0].checks = {{record::CheckKind::disturbance, "timings", record::Verdict::ok, 0.0, {}, {}, "of two"},
                     {record::CheckKind::weights_hash, "s threads:2", record::Verdict::ok, {}, {}, {}, ""}};
  parts[1].checks = {{record::CheckKind::disturbance, "timings", record::Verdict::ok, 0.0, {}, {}, "of two others"},
                     {record::CheckKind::weights_hash, "s threads:2", record::Verdict::failed, {}, {}, {}, "found x"}};
  parts[1].timings[0].suspect = true;
  int seen = 0;
  for (const record::Check& check : join::merge_reports(parts).checks) {
    if (check.kind == "weights_hash") {
      EXPECT_EQ(check.verdict, "failed");
    }
    if (check.kind != "disturbance" || check.subject != "timings") continue;
    ++seen;
    EXPECT_EQ(check.verdict, "suspect");
    EXPECT_EQ(check.value, 0.25);
  }
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace descent::join
