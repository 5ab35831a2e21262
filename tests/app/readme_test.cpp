// Runs the commands of the README and checks that they do what it says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>

#include "app/program.hpp"
#include "descent/core/text.hpp"

namespace descent::app::test {
namespace {

using testing::HasSubstr;
using Words = std::vector<std::string>;

constexpr std::string_view kProgram = "build/release/bin/descent ";

struct Command {
  Words words;          // without the name of the program
  std::string comment;  // the text after #
};

/// The program's commands in the shell blocks of the README; continued lines are joined.
std::vector<Command> commands_of_readme() {
  std::ifstream in(DESCENT_SOURCE_DIR "/README.md");
  std::vector<Command> commands;
  bool shell = false;
  for (std::string line, next; std::getline(in, line);) {
    if (line.rfind("```", 0) == 0) shell = line == "```sh";
    while (shell && line.back() == '\\' && std::getline(in, next)) line.replace(line.size() - 1, 1, next);
    if (!shell || line.rfind(kProgram, 0) != 0) continue;
    Command command;
    if (const auto hash = line.find(" # "); hash != std::string::npos) {
      command.comment = line.substr(hash + 3);
      line.erase(hash);
    }
    std::istringstream words(line.substr(kProgram.size()));
    for (std::string word; words >> word;) command.words.push_back(word);
    commands.push_back(command);
  }
  return commands;
}

/// Small versions of MNIST's four files: 1,200 and 100 images of 3 × 3 pixels, in ten classes that a linear model can
/// separate.
void write_idx(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  const auto big_endian = [](std::ostream& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out.put(static_cast<char>(value >> shift));
  };
  for (const auto& [name, count] : {std::pair<std::string, std::uint32_t>{"train", 1200}, {"t10k", 100}}) {
    std::ofstream images(folder / (name + "-images-idx3-ubyte"), std::ios::binary),
        labels(folder / (name + "-labels-idx1-ubyte"), std::ios::binary);
    for (const std::uint32_t word : {0x803U, count, 3U, 3U}) big_endian(images, word);
    for (const std::uint32_t word : {0x801U, count}) big_endian(labels, word);
    for (std::uint32_t i = 0; i < count; ++i) {
      labels.put(static_cast<char>(i % 10));
      for (std::uint32_t j = 0; j < 9; ++j)
        images.put(static_cast<char>((j == i % 10 ? 180 : 20) + (i * 7919 + j * 104729) % 60));
    }
  }
}

TEST(Readme, CommandsRun) {
  const TempFolder folder;
  write_idx(folder.path("path/to/mnist"));
  std::filesystem::create_directory(folder.path("results"));
  int run = 0, report = 0, explain = 0;
  for (Command command : commands_of_readme()) {
    Words& words = command.words;
    if (words.at(0) == "run") {
      // scripts/run takes the default sweep, so that its plan is enough here. The sweep with --data runs, on fewer
      // seeds.
      const bool whole = std::find(words.begin(), words.end(), "--data") != words.end();
      for (const char* more : {"--oversubscribe", "--quiet"}) words.emplace_back(more);
      if (whole)
        words.insert(words.end(), {"--seeds", "2", "--invocations", "1"});
      else
        words.emplace_back("--dry-run");
      ++run;
    }
    report += words[0] == "report";
    const Outcome outcome = run_program(folder, words);
    ASSERT_EQ(outcome.status, 0) << testing::PrintToString(words) << outcome.err;
    if (words[0] != "explain") continue;
    ++explain;
    std::smatch value;
    ASSERT_TRUE(std::regex_search(command.comment, value, std::regex(R"(^\d+(\.\d+)?)"))) << command.comment;
    EXPECT_THAT(outcome.out, HasSubstr("\nloss " + value.str())) << testing::PrintToString(words);
  }
  EXPECT_EQ(run, 2);
  EXPECT_EQ(report, 1);
  EXPECT_EQ(explain, 6);
  EXPECT_THAT(read_file(folder.path("results/mnist.md")), HasSubstr("| optimizer | batch |"));
  EXPECT_THAT(read_file(folder.path("results/mnist.csv")), testing::StartsWith("dataset,model,"));
}

/// What the program prints about the example when its output is not a terminal.
std::string page_of_example(const TempFolder& folder) {
  std::filesystem::create_directory(folder.path("results"));
  std::filesystem::copy(DESCENT_SOURCE_DIR "/results/example.json", folder.path("results/example.json"));
  return run_program(folder, {"report", "results/example.json"}).out;
}

TEST(Readme, ShowsWhatTheProgramPrintsOfTheExample) {
  const TempFolder folder;
  const std::string path = DESCENT_SOURCE_DIR "/README.md", before = read_file(path);
  const std::string begin = "<!-- descent report results/example.json -->\n```text\n";
  const std::size_t start = before.find(begin);
  ASSERT_NE(start, std::string::npos);
  const std::size_t from = start + begin.size(), end = before.find("```\n", from);
  ASSERT_NE(end, std::string::npos);
  std::string after = before;
  after.replace(from, end - from, page_of_example(folder));
  if (std::getenv("DESCENT_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << after;
  EXPECT_EQ(before, after) << "README differs from what the program prints; run scripts/example";
}

TEST(Readme, PictureHasTheLinesOfTheExample) {
  const TempFolder folder;
  const std::string picture = read_file(DESCENT_SOURCE_DIR "/results/example.svg");
  std::istringstream page(page_of_example(folder));
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("Doubling") && !line.ends_with("starting gap left")) continue;
    EXPECT_THAT(picture, HasSubstr(">" + line + "<")) << "the picture is not of this output; run scripts/picture";
  }
}

}  // namespace
}  // namespace descent::app::test
