// The reports in results/reference, from which other machines take the steps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/program.hpp"
#include "app/report_file.hpp"
#include "sweep/deterministic.hpp"

namespace descent::app::test {
namespace {

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
    EXPECT_TRUE(report.timings.empty()) << path << ": reference reports hold no timings";
    EXPECT_LT(std::filesystem::file_size(path), std::size_t{4} << 20) << path;
    ASSERT_EQ(report.datasets.size(), 1U);
    EXPECT_EQ(report.datasets[0].uri.find(":/"), std::string::npos) << report.datasets[0].uri;
    for (const std::string& word : report.context.command) EXPECT_NE(word.rfind('/', 0), 0U) << path << ": " << word;
    // Every series has stored weights, from which descent time can time its steps.
    for (const record::Series& series : report.series)
      EXPECT_TRUE(
          std::any_of(report.trajectories.begin(), report.trajectories.end(),
                      [&](const record::Trajectory& run) { return run.series == series.id && !run.kept.empty(); }))
          << series.id;
  }
}

/// Runs the sweep of a reference report again, and compares: bit by bit if the arithmetic is the same, and otherwise by
/// the intervals of its steps.
void comes_out_again(const TempFolder& folder, const std::string& name) {
  const std::string path = kFolder + "/" + name + ".json.gz";
  // With this limit no clock decides how good an optimum is; on a busy machine the usual limit could be too short.
  const Outcome run = run_program(folder, {"run", "--config-from", path, "--shard-what", "statistics", "--threads", "1",
                                           "--solver-seconds", "300", "--quiet", "--out", "again.json.gz"});
  ASSERT_EQ(run.status, 0) << run.err;
  const record::Report reference = load_report(path), again = load_report(folder.path("again.json.gz"));
  if (reference.context.arithmetic == again.context.arithmetic) {
    std::cerr << name << ": compared with the reference bit by bit\n";
    EXPECT_GT(sweep::deterministic_text(reference).size(), 10'000U);
    EXPECT_EQ(sweep::difference(sweep::deterministic_text(again), sweep::deterministic_text(reference)), "");
    return;
  }
  std::cerr << name << ": compared with the intervals of the reference, as the arithmetic differs\n";
  const Outcome compared = run_program(folder, {"compare", path, "again.json.gz", "--gate", "steps"});
  EXPECT_EQ(compared.status, 0) << compared.out << compared.err;
}

TEST(Reference, QuickComesOutAgain) {
#ifdef DESCENT_SANITIZE_ADDRESS
  GTEST_SKIP() << "would train for minutes with the sanitizer; the build without it runs this test";
#endif
  comes_out_again(TempFolder(), "quick");
}

// Run by hand, with the variables that scripts/reference takes, since each sweep trains for at least a quarter of an
// hour.
TEST(Reference, OthersComeOutAgainWhereTheirDataAreGiven) {
  bool given = false;
  for (const auto& [name, variable] :
       {std::pair{"a9a", "A9A"}, std::pair{"mnist", "MNIST"}, std::pair{"cifar10", "CIFAR10"}}) {
    const char* const data = std::getenv(variable);
    if (data == nullptr) continue;
    given = true;
    const TempFolder folder;
    std::filesystem::create_directory_symlink(std::filesystem::absolute(data), folder.path(name));
    comes_out_again(folder, name);
  }
  if (!given) GTEST_SKIP() << "SKIPPED: none of the variables A9A, MNIST and CIFAR10 names a folder of data";
}

}  // namespace
}  // namespace descent::app::test
