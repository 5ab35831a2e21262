#include "app/program.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/report_file.hpp"
#include "record/validate.hpp"

namespace descent::app::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using Words = std::vector<std::string>;

/// The options of a sweep that takes a second or two.
Words tiny(Words more = {}) {
  Words words;
  for (const char* word : {"run",      "--preset",
                           "quick",    "--loss",
                           "logistic", "--batch-sizes",
                           "16,full",  "--threads",
                           "1",        "--seeds",
                           "2",        "--max-epochs",
                           "3",        "--max-steps",
                           "60",       "--target",
                           "0.3",      "--invocations",
                           "1",        "--quiet",
                           "--data",   "synthetic:blobs?n=400&d=6&classes=3&test=100"})
    words.emplace_back(word);
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// The deterministic columns of the tables of results.
nlohmann::json deterministic(const std::string& path) {
  const auto json = nlohmann::json::parse(read_file(path));
  nlohmann::json result;
  for (const auto& row : json.at("trajectories"))
    result.push_back({row.at("id"), row.at("lr"), row.at("weights_hash")});
  for (const auto& row : json.at("tunings")) result.push_back({row.at("series"), row.at("lr"), row.at("steps")});
  return result;
}

/// Google Benchmark's own tool has to read two exported reports and to show a row for each of their cells.
void expect_compare_reads(const TempFolder& folder, const std::string& before, const std::string& after) {
  const std::string python = "/usr/bin/python3", tool = "/usr/share/benchmark/compare.py";
  if (!std::filesystem::exists(tool) || run_shell(python + " -c 'import numpy, scipy'").status != 0) {
    std::cerr
        << "left out: Google Benchmark's compare.py on two reports; it needs libbenchmark-tools and python3-scipy\n";
    return;
  }
  const Outcome compared = run_shell(
      fmt::format("{} {} --no-color benchmarks {} {}", python, tool, folder.path(before), folder.path(after)));
  EXPECT_EQ(compared.status, 0) << compared.out;
  for (const char* row : {"train_step/logistic/sgd/batch:16/threads:1/engine:", "train_step/logistic/gd/batch:400/"})
    EXPECT_THAT(compared.out, HasSubstr(row));
  EXPECT_THAT(compared.out, HasSubstr("Time"));
}

/// Validates a report by the schema: "" if it is valid, otherwise the first error.
std::string schema_error_of(const std::string& path) {
  static const auto schema = nlohmann::json::parse(read_file(DESCENT_SOURCE_DIR "/results/report.schema.json"));
  return record::schema_error(schema, nlohmann::json::parse(read_file(path)));
}

TEST(Program, RunEndsWithATableAndAReportThatReadsBack) {
  const TempFolder folder;
  const Outcome outcome = run_program(folder, tiny({"--out", "r.json"}));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, HasSubstr("logistic, l2 0.0001, target: 30 % of its starting gap left"));
  EXPECT_THAT(outcome.out, HasSubstr("time [95 %]"));
  EXPECT_THAT(outcome.out, HasSubstr("Report: r.json."));
  EXPECT_THAT(outcome.out, Not(HasSubstr("\x1b")));
  const record::Report report = load_report(folder.path("r.json"));
  EXPECT_EQ(schema_error_of(folder.path("r.json")), "");
  EXPECT_EQ(report.status, "complete");
  EXPECT_EQ(report.trajectories.size(), 3U);
  EXPECT_EQ(report.context.configuration.at("loss"), "logistic");

  // The page is printed, exported and analysed again, from the file alone.
  const Outcome again = run_program(folder, {"report", "r.json"});
  EXPECT_EQ(again.out, outcome.out);
  EXPECT_EQ(run_program(folder, {"report", "r.json", "--json", "again.json", "--reanalyse"}).status, 0);
  EXPECT_EQ(read_file(folder.path("again.json")), read_file(folder.path("r.json")));
  EXPECT_THAT(run_program(folder, {"report", "r.json", "--csv", "-"}).out, testing::StartsWith("dataset,model,"));
  EXPECT_THAT(run_program(folder, {"report", "r.json", "--markdown", "-"}).out, HasSubstr("| optimizer | batch |"));

  // A second run with the options of the report has to give the same weights.
  const Outcome rerun = run_program(folder, {"run", "--config-from", "r.json", "--out", "s.json", "--quiet"});
  EXPECT_EQ(rerun.status, 0) << rerun.err;
  EXPECT_EQ(deterministic(folder.path("s.json")), deterministic(folder.path("r.json")));
  expect_compare_reads(folder, "r.json", "s.json");
}

TEST(Program, CommandLineStandsOverConfigFileOverPreset) {
  const TempFolder folder;
  folder.write("run.toml",
               "preset = \"quick\"\ndata = \"synthetic:blobs?n=400&d=6&classes=3\"\nloss = \"hinge\"\n"
               "batch-sizes = [16]\nseeds = 4\n");
  const Outcome outcome = run_program(folder, {"run", "--config", "run.toml", "--seeds", "7", "--list"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("hinge  sgd           16  reshuffle      7"));
  EXPECT_FALSE(std::filesystem::exists(folder.path("results")));
}

TEST(Program, BatchSizesOfAPresetAreCutAtTheRowsAndItSaysSo) {
  const TempFolder folder;
  const Outcome outcome =
      run_program(folder, {"run", "--preset", "quick", "--data", "synthetic:blobs?n=200&d=3", "--list"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "note: batch size 512 of the preset left out: there are 200 training rows\n");
}

TEST(Program, InterruptLeavesAValidPartialReportAndStatus130) {
  const TempFolder folder;
  // The journal exists before the machine is calibrated, which takes half a second.
  Words words = tiny({"--out", "r.json"});
  const Outcome outcome = run_program(folder, words, [](int pid, const TempFolder& where) {
    const auto running = [pid] {
      siginfo_t info{};
      return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
    };
    while (!std::filesystem::exists(where.path("r.json.journal")) && running()) usleep(1000);
    kill(pid, SIGINT);
  });
  EXPECT_EQ(outcome.status, 130) << outcome.err;
  EXPECT_EQ(lines_in(outcome.err), 1U);
  EXPECT_THAT(outcome.err, HasSubstr("r.json is a partial report"));
  EXPECT_EQ(load_report(folder.path("r.json")).status, "partial");
  EXPECT_EQ(schema_error_of(folder.path("r.json")), "");

  words.push_back("--resume");
  const Outcome resumed = run_program(folder, words);
  EXPECT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_EQ(load_report(folder.path("r.json")).status, "complete");
}

/// Sends a signal while a process is taking timings.
void signal_while_timing(int pid, const TempFolder& where, int signal) {
  const auto running = [pid] {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
  };
  while (!std::filesystem::exists(where.path("r.json.timing")) && running()) usleep(1000);
  kill(pid, signal);
}

TEST(Program, SignalsWhileTimingsAreTakenLeaveAPartialReportToo) {
  Words words = tiny({"--out", "r.json"});
  *(std::find(words.begin(), words.end(), "--invocations") + 1) = "20";
  for (const bool term : {false, true}) {
    const TempFolder folder;
    const Outcome outcome =
        term ? run_program(folder, words,
                           [](int pid, const TempFolder& where) { signal_while_timing(pid, where, SIGTERM); })
             : run_program(folder, words,
                           [](int pid, const TempFolder& where) { signal_while_timing(pid, where, SIGINT); });
    EXPECT_EQ(outcome.status, 130) << outcome.err;
    EXPECT_EQ(lines_in(outcome.err), 1U) << outcome.err;
    const record::Report report = load_report(folder.path("r.json"));
    EXPECT_EQ(report.status, "partial");
    EXPECT_EQ(report.trajectories.size(), 3U);
    EXPECT_LT(report.invocations.size(), 20U);
    EXPECT_FALSE(std::filesystem::exists(folder.path("r.json.timing")));
  }
}

TEST(Program, ReportsThatDoNotFitTogetherEndWithStatus3) {
  const TempFolder folder;
  EXPECT_EQ(run_program(folder, tiny({"--shard", "1/2", "--shard-what", "statistics", "--out", "1.json"})).status, 0);
  EXPECT_EQ(
      run_program(folder, tiny({"--shard", "2/2", "--shard-what", "statistics", "--l2", "0.5", "--out", "2.json"}))
          .status,
      0);
  const Outcome outcome = run_program(folder, {"merge", "m.json", "1.json", "2.json"});
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("cannot merge: option l2: found 0.5, expected 0.0001"));
  EXPECT_EQ(lines_in(outcome.err), 1U);
  EXPECT_FALSE(std::filesystem::exists(folder.path("m.json")));
}

TEST(Program, MergesShardsIntoWhatOneRunGives) {
  const TempFolder folder;
  for (const char* shard : {"1", "2"}) {
    const std::string index = shard;
    const Outcome part = run_program(folder, tiny({"--shard", index + "/2", "--out", index + ".json"}));
    EXPECT_EQ(part.status, 0) << part.err;
  }
  EXPECT_EQ(run_program(folder, {"merge", "m.json", "2.json", "1.json"}).status, 0);
  EXPECT_EQ(run_program(folder, tiny({"--out", "r.json"})).status, 0);
  EXPECT_EQ(load_report(folder.path("m.json")).status, "complete");
  for (const char* report : {"1.json", "2.json", "m.json"}) EXPECT_EQ(schema_error_of(folder.path(report)), "");
  EXPECT_EQ(deterministic(folder.path("m.json")), deterministic(folder.path("r.json")));
}

TEST(Program, RunsMergesAndPrintsCompressedReports) {
  const TempFolder folder;
  for (const std::string index : {"1", "2"})
    EXPECT_EQ(run_program(folder, tiny({"--shard", index + "/2", "--out", index + ".json.gz"})).status, 0);
  const Outcome merged = run_program(folder, {"merge", "m.json.gz", "2.json.gz", "1.json.gz"});
  EXPECT_EQ(merged.status, 0) << merged.err;
  EXPECT_EQ(run_program(folder, {"report", "m.json.gz", "--json", "m.json"}).status, 0);
  EXPECT_EQ(run_shell("gzip -dc " + folder.path("m.json.gz") + " | cmp - " + folder.path("m.json")).out, "");
  EXPECT_EQ(load_report(folder.path("m.json.gz")).status, "complete");
  EXPECT_EQ(run_program(folder, {"report", "m.json.gz"}).out, merged.out);
}

TEST(Program, ExplainsTheLecturesCatCarAndFrog) {
  // Source: Stanford CS231n, lecture 3 (2017). The losses of the three examples are 2.9, 0 and 12.9.
  const TempFolder folder;
  const auto loss_of = [&](const char* scores, const char* label) {
    return run_program(folder, {"explain", "multiclass_svm", "--scores", scores, "--label", label}).out;
  };
  EXPECT_THAT(loss_of("3.2,5.1,-1.7", "0"), HasSubstr("\nloss 2.9000 "));
  EXPECT_THAT(loss_of("1.3,4.9,2.0", "1"), HasSubstr("\nloss 0.0000 "));
  EXPECT_THAT(loss_of("2.2,2.5,-3.1", "2"), HasSubstr("\nloss 12.9000 "));
  EXPECT_THAT(loss_of("-.5,1,2", "2"), HasSubstr("-0.5000"));
}

TEST(Program, ListsHelpAndMachineArePrinted) {
  const TempFolder folder;
  EXPECT_THAT(run_program(folder, {"list"}).out, HasSubstr("softmax_cross_entropy"));
  EXPECT_THAT(run_program(folder, {"run", "--help"}).out, HasSubstr("--batch-sizes"));
  EXPECT_THAT(run_program(folder, {"--version"}).out, testing::StartsWith("descent "));
  EXPECT_THAT(run_program(folder, {"data", "synthetic:synthA"}).out, HasSubstr("lambda1"));
  const auto machine = nlohmann::json::parse(run_program(folder, {"machine", "--json"}).out);
  EXPECT_GE(machine.at("roofs").size(), 1U);
  EXPECT_TRUE(machine.at("context").contains("num_cpus"));
  for (const char* library :
       {"openblas", "openblas_core", "eigen", "eigen_instruction_set", "onetbb", "hwloc", "highway"})
    EXPECT_TRUE(machine.at("context").at("libraries").contains(library)) << library;
  EXPECT_TRUE(machine.at("context").at("arithmetic").contains("plan_version"));
}

TEST(Program, AFullStandardOutputIsAnError) {
  const TempFolder folder;
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "needs /dev/full";
  std::filesystem::create_symlink("/dev/full", folder.path(".out"));
  // A plan also prints notes: here about batch sizes that are too large for the data.
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"list"}, {"run", "--list", "--data", "synthetic:blobs?n=60&d=3&classes=2"}}) {
    const Outcome outcome = run_program(folder, words);
    EXPECT_EQ(outcome.status, 2) << words[0];
    EXPECT_THAT(outcome.err, HasSubstr("standard output"));
    EXPECT_EQ(lines_in(outcome.err), 1U) << outcome.err;
  }
}

}  // namespace
}  // namespace descent::app::test
