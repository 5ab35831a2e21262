// Runs `cmake --install` and moves the folder afterwards; the programs have to work there, too.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "app/program.hpp"
#include "descent/core/text.hpp"

namespace descent::app::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// The version that CMakeLists.txt states.
std::string project_version() {
  std::smatch found;
  const std::string text = read_file(DESCENT_SOURCE_DIR "/CMakeLists.txt");
  return std::regex_search(text, found, std::regex(R"(project\(descentbench VERSION ([0-9.]+))")) ? found.str(1) : "";
}

TEST(Install, PutsProgramsSchemaDocsAndLicenceWhereTheyBelong) {
  const TempFolder folder;
  const Outcome installed =
      run_shell(fmt::format("{} --install {} --prefix {}", DESCENT_CMAKE, DESCENT_BINARY_DIR, folder.path("first")));
  ASSERT_EQ(installed.status, 0) << installed.out;
  const std::filesystem::path root = folder.path("moved");
  std::filesystem::rename(folder.path("first"), root);

  const Outcome version = run_shell(fmt::format("{}/bin/descent --version", root.string()));
  EXPECT_EQ(version.status, 0) << version.out;
  EXPECT_EQ(version.out, "descent " + project_version() + "\n");
  const Outcome listed = run_shell(fmt::format("{}/bin/descent list losses", root.string()));
  EXPECT_THAT(listed.out, HasSubstr("softmax_cross_entropy"));
  const std::string benchmarks = DESCENT_BENCH_PROGRAMS;
  for (const std::string_view program : core::split(benchmarks, ','))
    EXPECT_TRUE(std::filesystem::exists(root / "bin" / program)) << program;  // if none are built, this is the folder

  const auto same = [&](const char* in_tree, const char* installed_as) {
    EXPECT_NE(read_file(root / installed_as), "") << installed_as;
    EXPECT_EQ(read_file(root / installed_as), read_file(std::filesystem::path(DESCENT_SOURCE_DIR) / in_tree));
  };
  same("results/report.schema.json", "share/descentbench/report.schema.json");
  same("results/comparison.schema.json", "share/descentbench/comparison.schema.json");
  same("LICENSE", "share/doc/descentbench/LICENSE");
  same("README.md", "share/doc/descentbench/README.md");
  same("CHANGELOG.md", "share/doc/descentbench/CHANGELOG.md");
  same("docs/methodology.md", "share/doc/descentbench/docs/methodology.md");
  same("docs/decisions/0006-journal.md", "share/doc/descentbench/docs/decisions/0006-journal.md");
}

TEST(Version, ChangelogsFirstEntryIsTheProjects) {
  const std::string text = read_file(DESCENT_SOURCE_DIR "/CHANGELOG.md");
  const std::size_t first = text.find("\n## ");
  ASSERT_NE(first, std::string::npos);
  EXPECT_THAT(text.substr(first + 4), StartsWith(project_version() + ","));
}

TEST(Version, NoSourceRepeatsIt) {
  for (const char* top : {"src", "include", "bench", "cmake"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(DESCENT_SOURCE_DIR "/") + top))
      EXPECT_EQ(read_file(entry.path()).find(project_version()), std::string::npos) << entry.path();
}

}  // namespace
}  // namespace descent::app::test
