#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "app/program.hpp"
#include "record/validate.hpp"

// Runs `descent compare` as a user does, on the example report and on changed copies of it.

namespace descent::app {
namespace {

using Json = nlohmann::json;
using test::run_program;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kExample = DESCENT_SOURCE_DIR "/results/example.json";

/// Writes a changed copy of the example into the folder.
std::string changed(const test::TempFolder& folder, const std::string& name, const std::function<void(Json&)>& change) {
  static const Json example = Json::parse(test::read_file(kExample));
  Json report = example;
  change(report);
  return folder.write(name, report.dump());
}

void slow_down(Json& report, double factor) {
  for (Json& timing : report["timings"])
    for (Json& seconds : timing["seconds_per_step"]) seconds = seconds.get<double>() * factor;
}

std::string one_line(const test::Outcome& outcome) {
  EXPECT_EQ(test::lines_in(outcome.err), 1U) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  return outcome.err;
}

TEST(CompareCommand, AReportAgainstItselfSaysTheSame) {
  const test::TempFolder folder;
  const test::Outcome outcome = run_program(folder, {"compare", kExample, kExample, "--gate", "steps"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("NEW"), HasSubstr("equal to the bit"), HasSubstr("passed.")));
}

TEST(CompareCommand, JsonIsWhatItsSchemaSays) {
  const test::TempFolder folder;
  const std::string slow = changed(folder, "slow.json", [](Json& report) { slow_down(report, 2); });
  const test::Outcome outcome =
      run_program(folder, {"compare", kExample, slow, "--label", "A,B", "--gate", "both", "--json", "-"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const Json schema = Json::parse(test::read_file(DESCENT_SOURCE_DIR "/results/comparison.schema.json"));
  const Json found = Json::parse(outcome.out);
  EXPECT_EQ(record::schema_error(schema, found), "");
  EXPECT_EQ(found["base"]["label"], "A");
  for (const Json& cell : found["cells"]) EXPECT_NEAR(cell["ratio"].get<double>(), 0.5, 1e-9);
  Json wrong = found;
  wrong["cells"][0]["verdict"] = "perhaps";
  EXPECT_NE(record::schema_error(schema, wrong), "");
}

TEST(CompareCommand, ExitStatusFollowsTheGate) {
  const test::TempFolder folder;
  const std::string slow = changed(folder, "slow.json", [](Json& report) {
    slow_down(report, 2);
    for (Json& process : report["invocations"]) process["date"] = "2026-12-01T00:00:00+00:00";
  });
  // Three and four processes are too few to tell anything about the 16 cells of the example.
  EXPECT_EQ(run_program(folder, {"compare", kExample, slow, "--gate", "times"}).status, 0);
  const test::Outcome strict = run_program(folder, {"compare", kExample, slow, "--gate", "times", "--strict"});
  EXPECT_EQ(strict.status, 3);
  EXPECT_THAT(strict.out, HasSubstr("take --invocations"));
  const std::string other = changed(folder, "other.json", [](Json& report) {
    for (Json& run : report["trajectories"]) run["weights_hash"] = "0";
  });
  for (const std::string gate : {"", "steps", "both"}) {
    std::vector<std::string> words{"compare", kExample, other};
    if (!gate.empty()) words.insert(words.end(), {"--gate", gate});
    const test::Outcome outcome = run_program(folder, words);
    EXPECT_EQ(outcome.status, 1) << gate;
    EXPECT_THAT(outcome.out, StartsWith("other computes other values than example"));
  }
  EXPECT_EQ(run_program(folder, {"compare", kExample, other, "--gate", "times"}).status, 0);
}

TEST(CompareCommand, NotComparableIsStatusThreeAndSaysWhy) {
  const test::TempFolder folder;
  const std::string data =
      changed(folder, "data.json", [](Json& report) { report["datasets"][0]["content_hash"] = "0"; });
  const test::Outcome outcome = run_program(folder, {"compare", kExample, data});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_THAT(one_line(outcome),
              AllOf(HasSubstr("data set blobs: content_hash: found 0 in data, expected "), HasSubstr("as in example")));
}

TEST(CompareCommand, EditedDerivedTablesAreComputedAgainAndNamed) {
  const test::TempFolder folder;
  const std::string edited =
      changed(folder, "edited.json", [](Json& report) { report["throughput"][0]["seconds_per_step"] = 1e-9; });
  const test::Outcome outcome = run_program(folder, {"compare", kExample, edited});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("edited: derived tables are not what its raw tables give"));
}

TEST(CompareCommand, BadReportsAreRefusedInOneLine) {
  const test::TempFolder folder;
  const std::string whole = test::read_file(kExample);
  const auto refused = [&](const std::string& name, const std::string& text) {
    const test::Outcome outcome = run_program(folder, {"compare", kExample, folder.write(name, text)});
    EXPECT_EQ(outcome.status, 2) << name;
    return one_line(outcome);
  };
  EXPECT_THAT(refused("empty.json", ""),
              AllOf(HasSubstr("empty.json: "), HasSubstr("expected a report of descent run")));
  EXPECT_THAT(refused("half.json", whole.substr(0, whole.size() / 2)),
              HasSubstr("half.json: found no JSON: parse error"));
  EXPECT_THAT(refused("google.json", R"({"context": {"date": "x"}, "benchmarks": []})"),
              HasSubstr("google.json: /schema: found nothing, expected 'descentbench-report'"));
  EXPECT_THAT(refused("hyperfine.json", R"({"results": [{"command": "ls", "mean": 0.1}]})"),
              HasSubstr("hyperfine.json: /schema: found nothing"));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = whole;
    const std::size_t at = text.find(from);
    return at == std::string::npos ? "" : text.replace(at, from.size(), to);
  };
  EXPECT_THAT(refused("old.json", with("\"schema_version\": 2", "\"schema_version\": 1")),
              HasSubstr("/schema_version: found 1, expected 2"));
  EXPECT_THAT(refused("new.json", with("\"schema_version\": 2", "\"schema_version\": 99")),
              HasSubstr("/schema_version: found 99, expected 2"));
  EXPECT_THAT(refused("nan.json", with("\"seconds_per_step\":[", "\"seconds_per_step\":[NaN,")),
              HasSubstr("nan.json: "));
  EXPECT_THAT(refused("huge.json", with("\"seconds_per_step\":[", "\"seconds_per_step\":[1e999,")),
              HasSubstr("huge.json: found no JSON: number overflow parsing '1e999'"));
}

TEST(CompareCommand, WrongOptionsAreNamed) {
  const test::TempFolder folder;
  const auto said = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "compare");
    const test::Outcome outcome = run_program(folder, words);
    EXPECT_EQ(outcome.status, 2);
    return one_line(outcome);
  };
  EXPECT_THAT(said({kExample}), HasSubstr("found 1 report; expected two or more"));
  EXPECT_THAT(said({kExample, kExample, "--gate", "all"}),
              HasSubstr("--gate: found 'all'; expected steps, times or both"));
  EXPECT_THAT(said({kExample, kExample, "--strict"}), HasSubstr("--strict without --gate"));
  EXPECT_THAT(said({kExample, kExample, "--same-within", "-1%"}), HasSubstr("--same-within: found '-1%'"));
  EXPECT_THAT(said({kExample, kExample, "--label", "a"}), HasSubstr("found 1 names; expected one for each of 2"));
  EXPECT_THAT(said({kExample, kExample, kExample, "--csv", "x"}), HasSubstr("expected two, BASE and NEW"));
  EXPECT_THAT(said({kExample, kExample, "--json", kExample}), HasSubstr("--json"));
}

TEST(CompareCommand, MoreThanTwoReportsGiveATableByMachine) {
  const test::TempFolder folder;
  const std::string slow = changed(folder, "slow.json", [](Json& report) { slow_down(report, 2); });
  const test::Outcome outcome = run_program(folder, {"compare", kExample, slow, kExample, "--label", "a,b,c"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("time to it"), HasSubstr("b against a"), HasSubstr("c against a")));
}

TEST(HistoryCommand, ReadsAFolderAndItsGateFailsOnASlowDown) {
  const test::TempFolder folder;
  for (int k = 0; k < 12; ++k)
    changed(folder, "reports/" + std::to_string(k) + ".json", [k](Json& report) {
      slow_down(report, (k < 6 ? 1 : 2) * (1 + 0.001 * k));
      report["context"]["date"] = "2026-02-" + std::to_string(10 + k) + "T00:00:00+00:00";
    });
  folder.write("reports/notes.txt", "no report");
  const test::Outcome outcome = run_program(folder, {"history", "reports", "--gate"});
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(StartsWith("12 reports of 1 machine from 2026-02-10 to 2026-02-21: 16 of 16 cells have"),
                    HasSubstr("2026-02-16")));
  EXPECT_EQ(run_program(folder, {"history", "reports"}).status, 0);
  EXPECT_EQ(run_program(folder, {"history", "reports", "--gate", "--fail-if-slower", "200%"}).status, 0);
}

TEST(HistoryCommand, BadFoldersAreNamed) {
  const test::TempFolder folder;
  const auto said = [&](const std::string& name) {
    const test::Outcome outcome = run_program(folder, {"history", name});
    EXPECT_EQ(outcome.status, 2);
    return one_line(outcome);
  };
  EXPECT_THAT(said("nowhere"), HasSubstr("nowhere: cannot be read"));
  std::filesystem::create_directory(folder.path("empty"));
  EXPECT_THAT(said("empty"), HasSubstr("empty: found no file that ends in .json or .json.gz"));
  folder.write("broken/r.json", "{");
  EXPECT_THAT(said("broken"), HasSubstr("broken/r.json: found no JSON"));
}

}  // namespace
}  // namespace descent::app
