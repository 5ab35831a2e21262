// Runs `descent time` as a user does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/program.hpp"
#include "app/report_file.hpp"

namespace descent::app::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::string> run(const std::string& out) {
  return {"run",      "--quiet",  "--preset", "quick", "--data",        "synthetic:blobs?n=300&d=4&classes=3&seed=1",
          "--loss",   "logistic", "--seeds",  "1",     "--batch-sizes", "32,full",
          "--target", "0.3",      "--out",    out,     "--shard-what",  "statistics"};
}

TEST(TimeCommand, MakesAWholeReportOfAnotherOnesStatistics) {
  const TempFolder folder;
  ASSERT_EQ(run_program(folder, run("base.json.gz")).status, 0);
  const Outcome timed = run_program(folder, {"time", "base.json.gz", "--threads", "1", "--roof-seconds", "0.05",
                                             "--budget", "5m", "--quiet", "--out", "new.json.gz"});
  EXPECT_EQ(timed.status, 0) << timed.err;
  EXPECT_EQ(timed.err, "");
  EXPECT_THAT(timed.out, HasSubstr("Only times are of this machine: steps come from a report of "));
  EXPECT_THAT(timed.out, HasSubstr("Report: new.json.gz."));
  const record::Report report = load_report(folder.path("new.json.gz"));
  EXPECT_EQ(report.status, "complete");
  // As many processes as the report asked for, and one more if a cell was disturbed.
  EXPECT_GE(report.invocations.size(), 3U);
  EXPECT_EQ(report.context.configuration.at("threads"), "1");
}

TEST(TimeCommand, RefusesWhatDoesNotBelongTogetherInOneLine) {
  const TempFolder folder;
  ASSERT_EQ(run_program(folder, run("base.json")).status, 0);
  const auto expect = [&](std::vector<std::string> more, int status, const std::string& text) {
    std::vector<std::string> words{"time", "base.json"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = run_program(folder, words);
    EXPECT_EQ(outcome.status, status) << outcome.err;
    EXPECT_EQ(lines_in(outcome.err), 1U);
    EXPECT_THAT(outcome.err, HasSubstr(text));
  };
  expect({"--out", "new.json", "--data", "synthetic:blobs?n=300&d=4&classes=3&seed=2"}, 3,
         "base.json: hash of the training rows: found ");
  expect({}, 2, "time: found no --out; expected the report to write");
  expect({"--out", "base.json"}, 2, "base.json");
  expect({"--out", "new.json", "--loss", "hinge"}, 2, "--loss");
  expect({"--out", "new.json", "--data", "idx:absent"}, 2, "absent: No such file");
  EXPECT_FALSE(std::filesystem::exists(folder.path("new.json")));
}

}  // namespace
}  // namespace descent::app::test
