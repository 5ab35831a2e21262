// docs/command-line.md shows the --help of every command. With DESCENT_UPDATE_GOLDEN set, this test writes it anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "app/program.hpp"
#include "descent/core/text.hpp"

namespace descent::app::test {
namespace {

constexpr const char* kPage = DESCENT_SOURCE_DIR "/docs/command-line.md";

/// The help without blank lines at its ends, and without repeated ones, which CLI11 makes.
std::string tidy(const std::string& help) {
  std::string text;
  bool blank = true;
  for (const std::string_view line : core::split(help, '\n')) {
    const bool empty = core::trim(line).empty();
    if (empty && blank) continue;
    blank = empty;
    text += std::string(line) + "\n";
  }
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

TEST(CommandLine, ThePageShowsTheHelpOfEveryCommand) {
  const TempFolder folder;
  std::string page = read_file(kPage);
  const std::string before = page;
  for (const std::string command :
       {"run", "report", "merge", "compare", "history", "machine", "explain", "list", "data"}) {
    const std::string begin = "<!-- descent " + command + " --help -->\n```text\n";
    const std::size_t start = page.find(begin);
    ASSERT_NE(start, std::string::npos) << "docs/command-line.md has no block for descent " << command;
    const std::size_t from = start + begin.size(), end = page.find("```\n", from);
    ASSERT_NE(end, std::string::npos);
    page.replace(from, end - from, tidy(run_program(folder, {command, "--help"}).out));
  }
  if (std::getenv("DESCENT_UPDATE_GOLDEN") != nullptr) std::ofstream(kPage) << page;
  EXPECT_EQ(before, page) << "the page differs from --help; run this test with DESCENT_UPDATE_GOLDEN=1";
}

TEST(CommandLine, ThePageHasABlockForEveryCommand) {
  const TempFolder folder;
  const std::string help = run_program(folder, {"--help"}).out, page = read_file(kPage);
  const std::size_t commands = help.find("Subcommands:\n");
  ASSERT_NE(commands, std::string::npos);
  for (const std::string_view line : core::split(std::string_view(help).substr(commands), '\n')) {
    if (!line.starts_with("  ") || line.starts_with("   ")) continue;
    const std::string name(core::trim(line).substr(0, core::trim(line).find(' ')));
    EXPECT_NE(page.find("<!-- descent " + name + " --help -->"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace descent::app::test
