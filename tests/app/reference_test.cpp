// results/reference: reports to start from and to be held against.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/program.hpp"
#include "app/report_file.hpp"

namespace descent::app::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
const std::string kFolder = DESCENT_SOURCE_DIR "/results/reference";

std::vector<std::string> references() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder))
    if (entry.path().extension() == ".gz") paths.push_back(entry.path().string());
  return paths;
}

TEST(Reference, ReportsAreWholeReadableSmallAndKnowNoPathOfAMachine) {
  ASSERT_FALSE(references().empty());
  for (const std::string& path : references()) {
    const record::Report report = load_report(path);
    EXPECT_EQ(report.status, "complete") << path;
    EXPECT_TRUE(report.timings.empty()) << path << ": times are of a machine that nobody has";
    EXPECT_LT(std::filesystem::file_size(path), std::size_t{4} << 20) << path;
    ASSERT_EQ(report.datasets.size(), 1U);
    EXPECT_EQ(report.datasets[0].uri.find(":/"), std::string::npos) << report.datasets[0].uri;
    for (const std::string& word : report.context.command) EXPECT_NE(word.rfind('/', 0), 0U) << path << ": " << word;
    // Every series has weights to time its steps from: descent time can start from it.
    for (const record::Series& series : report.series)
      EXPECT_TRUE(
          std::any_of(report.trajectories.begin(), report.trajectories.end(),
                      [&](const record::Trajectory& run) { return run.series == series.id && !run.kept.empty(); }))
          << series.id;
  }
}

// Exactly where the arithmetic is the reference's, else within the intervals: `descent compare` says which.
TEST(Reference, QuickComesOutAgain) {
  const TempFolder folder;
  const std::string reference = kFolder + "/quick.json.gz";
  const Outcome run = run_program(folder, {"run", "--config-from", reference, "--shard-what", "statistics", "--threads",
                                           "1", "--quiet", "--out", "again.json.gz"});
  ASSERT_EQ(run.status, 0) << run.err;
  const Outcome compared = run_program(folder, {"compare", reference, "again.json.gz", "--gate", "steps", "--strict"});
  EXPECT_EQ(compared.status, 0) << compared.out << compared.err;
  EXPECT_THAT(compared.out, AnyOf(HasSubstr("steps     equal to the bit"), HasSubstr("within")));
  const bool same =
      load_report(reference).context.arithmetic == load_report(folder.path("again.json.gz")).context.arithmetic;
  EXPECT_EQ(compared.out.find("equal to the bit") != std::string::npos, same) << compared.out;
  std::cerr << "quick: held against the reference "
            << (same ? "bit by bit" : "within its intervals, as the arithmetic differs") << '\n';
}

}  // namespace
}  // namespace descent::app::test
