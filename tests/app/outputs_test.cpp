// No output replaces an input or another output, in no command and under no name of the file.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sstream>

#include "app/program.hpp"

namespace descent::app::test {
namespace {

using testing::HasSubstr;
using Words = std::vector<std::string>;

const char* const kTable = "0,1,0\n1,2,1\n0,3,0\n1,4,1\n0,5,0\n1,6,1\n";

Words tiny(const std::string& data, Words more = {}) {
  Words words{"run", "--data",        data, "--loss",       "hinge", "--batch-sizes", "2,full", "--threads",
              "1",   "--seeds",       "1",  "--max-epochs", "2",     "--max-steps",   "10",     "--target",
              "0.3", "--invocations", "0",  "--aa-cells",   "0",     "--precision",   "20%",    "--quiet"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// The command has to be refused before any work, in one line that contains `found`. The files `kept` may not change.
void expect_refused(const TempFolder& folder, const Words& words, const std::string& found, const Words& kept) {
  SCOPED_TRACE(fmt::format("{}", found));
  std::vector<std::string> before;
  for (const std::string& file : kept) before.push_back(read_file(folder.path(file)));
  const Outcome outcome = run_program(folder, words);
  EXPECT_EQ(outcome.status, 2) << outcome.err;
  EXPECT_EQ(lines_in(outcome.err), 1U) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr(found));
  for (std::size_t i = 0; i < kept.size(); ++i) EXPECT_EQ(read_file(folder.path(kept[i])), before[i]) << kept[i];
}

TEST(Outputs, OfRunReplaceNothingThatItReads) {
  const TempFolder folder;
  folder.write("x.csv", kTable);
  folder.write("test.csv", kTable);
  folder.write("r.json.journal", kTable);
  folder.write("s.json.timing", kTable);
  folder.write("t.json.journal.old", kTable);
  folder.write("c.toml", "seeds = 1\n");
  std::filesystem::create_symlink("x.csv", folder.path("link"));
  std::filesystem::create_hard_link(folder.path("x.csv"), folder.path("hard.csv"));
  const std::string same = "the file of --data; expected one that is neither an input nor another output";
  for (const char* out : {"x.csv", "./x.csv", "link", "hard.csv", "test.csv"})
    expect_refused(folder, tiny("csv:x.csv?test=test.csv", {"--out", out}),
                   fmt::format("--out {}: found {}", out, same), {"x.csv", "test.csv"});
  expect_refused(folder, tiny("csv:link", {"--out", "x.csv"}), same, {"x.csv"});
  // The files beside the report count as outputs, too.
  expect_refused(folder, tiny("csv:r.json.journal", {"--out", "r.json"}),
                 "the journal of --out r.json.journal: found " + same, {"r.json.journal"});
  expect_refused(folder, tiny("csv:s.json.timing", {"--out", "s.json"}), same, {"s.json.timing"});
  expect_refused(folder, tiny("csv:t.json.journal.old", {"--out", "t.json"}), same, {"t.json.journal.old"});
  expect_refused(folder, tiny("csv:x.csv", {"--config", "c.toml", "--out", "c.toml"}), "the file of --config",
                 {"c.toml"});
}

TEST(Outputs, OfReportAndMergeReplaceNothingThatTheyRead) {
  const TempFolder folder;
  folder.write("x.csv", kTable);
  ASSERT_EQ(run_program(folder, tiny("csv:x.csv", {"--out", "r.json"})).status, 0);
  std::filesystem::create_symlink("r.json", folder.path("link"));
  for (const char* option : {"--csv", "--markdown", "--noise-csv", "--google-benchmark", "--ci-metrics", "--json"})
    for (const char* file : {"r.json", "link"})
      expect_refused(folder, {"report", "r.json", option, file},
                     fmt::format("{} {}: found the file of report", option, file), {"r.json"});
  expect_refused(folder, {"report", "link", "--csv", "r.json"}, "found the file of report", {"r.json"});
  expect_refused(folder, {"report", "r.json", "--csv", "./y", "--markdown", "y"},
                 "--csv ./y: found the file of --markdown", {"y"});
  expect_refused(folder, {"report", "r.json", "--csv", "-", "--json", "-"}, "--json -: found the file of --csv", {});
  expect_refused(folder, {"report", "r.json", "--csv", "r.json.journal"}, "the journal of report", {"r.json.journal"});
  expect_refused(folder, {"merge", "link", "r.json"}, "merge link: found the file of report", {"r.json"});
  expect_refused(folder, tiny("csv:x.csv", {"--config-from", "r.json", "--out", "r.json"}), "the file of --config-from",
                 {"r.json"});
  expect_refused(folder, tiny("csv:x.csv", {"--out", "r.json.journal"}), "found the journal of a run",
                 {"r.json.journal"});
  EXPECT_EQ(run_program(folder, {"report", "r.json", "--csv", "y", "--markdown", "z"}).status, 0);
}

// The user did not name the journal, the timings and the page. Other files with these names are kept.
TEST(Outputs, BesideTheReportReplaceNothingOfSomethingElse) {
  const TempFolder folder;
  folder.write("x.csv", kTable);
  for (const char* beside : {"r.json.journal", "r.json.journal.old", "r.json.timing"}) {
    folder.write(beside, "my notes\n");
    expect_refused(folder, tiny("csv:x.csv", {"--out", "r.json"}),
                   fmt::format("--out r.json: found a file of something else at {}", beside), {beside});
    std::filesystem::remove(folder.path(beside));
  }
  folder.write("r.html", "<html>my page</html>\n");
  expect_refused(folder, tiny("csv:x.csv", {"--out", "r.json"}),
                 "the page of --out r.html: found another file; expected a page of descent or nothing, or --page off",
                 {"r.html"});
  EXPECT_EQ(run_program(folder, tiny("csv:x.csv", {"--out", "r.json", "--page", "off"})).status, 0);
  std::filesystem::create_directory(folder.path("m.html"));
  expect_refused(folder, {"merge", "m.json", "r.json"}, "the page of merge m.html: found something other than a file",
                 {});
  std::filesystem::remove(folder.path("m.html"));
  ASSERT_EQ(run_program(folder, {"merge", "m.json", "r.json"}).status, 0);
  EXPECT_EQ(run_program(folder, {"merge", "m.json", "r.json"}).status, 0) << "may replace an earlier page";
  // Also refused: a folder as an output, an empty name, and the report of a run that is still going on.
  std::filesystem::create_directory(folder.path("d"));
  const std::string folder_found = "found a folder; expected the name of a file";
  expect_refused(folder, {"merge", "d", "m.json"}, "merge d: " + folder_found, {});
  expect_refused(folder, {"report", "m.json", "--csv", "d"}, "--csv d: " + folder_found, {});
  expect_refused(folder, {"compare", "m.json", "r.json", "--json", "."}, "--json .: " + folder_found, {});
  expect_refused(folder, {"report", "m.json", "--csv", ""}, "--csv: found nothing; expected FILE", {});
  expect_refused(folder, {"compare", "m.json", "r.json", "--json", ""}, "--json: found nothing; expected FILE", {});
  expect_refused(folder, {"merge", "", "m.json"}, "merge: found nothing for OUT; expected it", {});
  expect_refused(folder, {"history", ""}, "history: found nothing for FOLDER; expected it", {});
  const auto locked = [&](const std::string& arguments) {
    return WEXITSTATUS(std::system(
        fmt::format("cd '{}' && flock r.json.journal {} {} > out 2> err", folder.path(), DESCENT_PROGRAM, arguments)
            .c_str()));
  };
  for (const char* arguments : {"merge r.json m.json", "report m.json --json r.json", "report m.json --csv ./r.json"}) {
    EXPECT_EQ(locked(arguments), 2) << arguments;
    EXPECT_THAT(read_file(folder.path("err")), HasSubstr("r.json: found the report of a run that goes on"));
  }
  EXPECT_EQ(locked("report r.json"), 0);
}

// The names of files beside an output are longer than its own, and files get a longer one until they are complete.
TEST(Outputs, WithTooLongANameAreRefusedBeforeAnyWork) {
  const TempFolder folder;
  folder.write("x.csv", kTable);
  std::filesystem::copy(DESCENT_SOURCE_DIR "/results/example.json", folder.path("e.json"));
  const std::string name(231, 'a'), found = "found a name of 231 bytes; expected 230 at most";
  expect_refused(folder, tiny("csv:x.csv", {"--out", name}), found, {});
  expect_refused(folder, {"merge", name, "e.json"}, found, {});
  expect_refused(folder, {"report", "e.json", "--csv", name}, found, {});
  EXPECT_EQ(run_program(folder, {"report", "e.json", "--csv", name.substr(1)}).status, 0);
}

TEST(Outputs, OfTheShellReplaceNothingEither) {
  const TempFolder folder;
  folder.write("x.csv", kTable);
  const auto shell = [&](const std::string& command) {
    return std::system(fmt::format("cd '{}' && {} 2> err", folder.path(), command).c_str());
  };
  EXPECT_NE(shell(DESCENT_PROGRAM " data csv:x.csv >> x.csv"), 0);
  EXPECT_EQ(read_file(folder.path("x.csv")), kTable);
  EXPECT_THAT(read_file(folder.path("err")), HasSubstr("the file of the standard output"));
  std::filesystem::create_directory(folder.path("h"));
  folder.write("h/r.json", "a report");
  EXPECT_NE(shell(DESCENT_PROGRAM " history h >> h/r.json"), 0);
  EXPECT_EQ(read_file(folder.path("h/r.json")), "a report");
  EXPECT_THAT(read_file(folder.path("err")), HasSubstr("the file of the standard output"));
  std::filesystem::create_directory(folder.path("results"));
  EXPECT_NE(shell(DESCENT_PROGRAM " machine --check-noise > results/noise.json"), 0);
  EXPECT_THAT(read_file(folder.path("err")), HasSubstr("results/noise.json: found the file of the standard output"));
  EXPECT_NE(shell(DESCENT_PROGRAM " run --data csv:x.csv --out r.json > r.json"), 0);
  EXPECT_THAT(read_file(folder.path("err")), HasSubstr("--out r.json: found the file of the standard output"));
}

TEST(Outputs, LinksToOneReportShareItsJournalAndItsLock) {
  const TempFolder folder;
  folder.write("x.csv", kTable);
  std::filesystem::create_directory(folder.path("there"));
  std::filesystem::create_symlink("there/r.json", folder.path("link.json"));
  EXPECT_EQ(run_program(folder, tiny("csv:x.csv", {"--out", "link.json"})).status, 0);
  EXPECT_TRUE(std::filesystem::exists(folder.path("there/r.json.journal")));
  EXPECT_FALSE(std::filesystem::exists(folder.path("link.json.journal")));
  // While one run holds the lock, others are refused: by the link, by the file's own name, and through a linked folder.
  std::filesystem::create_directory_symlink("there", folder.path("way"));
  for (const char* name : {"there/r.json", "link.json", "way/r.json"}) {
    const std::string command =
        fmt::format("cd '{}' && flock there/r.json.journal {} run --data csv:x.csv --out {} --threads 1 2> err",
                    folder.path(), DESCENT_PROGRAM, name);
    EXPECT_NE(std::system((command + " > /dev/null").c_str()), 0) << name;
    EXPECT_THAT(read_file(folder.path("err")), HasSubstr("r.json.journal: another run is writing this journal"));
  }
}

// Every input and every output of every command is a FIFO that no other program opens. f and d/train-labels-idx1-ubyte
// have no writer, and g has no reader. All commands run at the same time, since each may wait for half a second.
TEST(Outputs, NothingWaitsForTheOtherEndOfAFifo) {
  const TempFolder folder;
  folder.write("x.csv", kTable);
  folder.write("d/train-images-idx3-ubyte", "");
  for (const char* name : {"f", "g", "d/train-labels-idx1-ubyte"})
    ASSERT_EQ(mkfifo(folder.path(name).c_str(), 0600), 0);
  ASSERT_EQ(run_program(folder, tiny("csv:x.csv", {"--out", "r.json"})).status, 0);
  const std::string nobody_writes = "f: found a FIFO that nobody writes to; expected ",
                    nobody_reads = "g: found a FIFO that nobody reads; expected a file, or a reader";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"report f", nobody_writes + "a report"},
      {"report r.json f", nobody_writes + "a report"},
      {"merge m.json f r.json", nobody_writes + "a report"},
      {"data csv:f", nobody_writes + "a readable file"},
      {"data libsvm:f", nobody_writes + "a readable file"},
      {"data 'csv:x.csv?test=f'", nobody_writes + "a readable file"},
      {"data idx:d", "train-labels-idx1-ubyte: found a FIFO that nobody writes to"},
      {"run --config f", nobody_writes + "a TOML file"},
      {"run --config-from f", nobody_writes + "a report"},
      {"run --list --config f", nobody_writes + "a TOML file"},
      {"run --data csv:x.csv --out f", "--out f: found a pipe, terminal or device"},
      {"machine --check-noise --out f", "--out f: found a pipe, terminal or device"},
      {"report r.json --csv g", nobody_reads},
      {"report r.json --json g", nobody_reads},
      {"report r.json --markdown g", nobody_reads},
      {"merge g r.json", nobody_reads}};
  std::string command = fmt::format("cd '{}'", folder.path());
  for (std::size_t i = 0; i < cases.size(); ++i)
    command +=
        fmt::format("\n({0} {1} > /dev/null 2> {2}.err; echo $? > {2}.status) &", DESCENT_PROGRAM, cases[i].first, i);
  ASSERT_EQ(std::system((command + "\nwait").c_str()), 0);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(cases[i].first);
    const std::string err = read_file(folder.path(fmt::format("{}.err", i)));
    EXPECT_EQ(read_file(folder.path(fmt::format("{}.status", i))), "2\n");
    EXPECT_EQ(lines_in(err), 1U) << err;
    EXPECT_THAT(err, HasSubstr(cases[i].second));
  }
  // If other programs open both FIFOs, the bytes pass through.
  const std::string begin = fmt::format("cd '{}' && ", folder.path()), program = DESCENT_PROGRAM;
  EXPECT_EQ(
      std::system((begin + "(cat r.json > f &) && (cat g > copy &) && " + program + " report f --json g").c_str()), 0);
  while (read_file(folder.path("copy")).empty()) usleep(1000);
}

TEST(Outputs, AClosedStandardOutputIsNotGivenToAnotherFile) {
  const TempFolder folder;
  folder.write("x.csv", kTable);
  std::string command = fmt::format("cd '{}' && {}", folder.path(), DESCENT_PROGRAM);
  for (const std::string& word : tiny("csv:x.csv", {"--out", "r.json"})) command += " " + word;
  EXPECT_EQ(WEXITSTATUS(std::system((command + " <&- >&- 2>&-").c_str())), 2) << "the answer cannot be printed";
  EXPECT_EQ(run_program(folder, {"report", "r.json"}).status, 0);
  // Every line of the journal has to be JSON: nothing was printed into it.
  std::istringstream journal(read_file(folder.path("r.json.journal")));
  std::size_t lines = 0;
  for (std::string line; std::getline(journal, line); ++lines) EXPECT_TRUE(line.starts_with("{")) << line;
  EXPECT_GT(lines, 3U);
}

TEST(Outputs, RunRefusesWhatCanBeReadOnceOnly) {
  const TempFolder folder;
  ASSERT_EQ(mkfifo(folder.path("pipe").c_str(), 0600), 0);
  folder.write("x.csv", kTable);
  folder.write("d/train-labels-idx1-ubyte", "");
  ASSERT_EQ(mkfifo(folder.path("d/train-images-idx3-ubyte").c_str(), 0600), 0);
  for (const char* data :
       {"csv:pipe", "libsvm:pipe", "csv:x.csv?test=pipe", "csv:/dev/tty", "libsvm:/dev/zero", "idx:d"}) {
    expect_refused(folder, tiny(data, {"--out", "r.json"}),
                   fmt::format("--data {}: found a pipe, terminal or device", data), {});
    expect_refused(folder, tiny(data, {"--dry-run"}), fmt::format("--data {}: found a pipe", data), {});
  }
  const std::string begin = fmt::format("cd '{}' && ", folder.path()),
                    end = " run --out r.json --data csv:/dev/stdin 2> err";
  EXPECT_NE(std::system((begin + "cat x.csv | " DESCENT_PROGRAM + end).c_str()), 0);
  EXPECT_THAT(read_file(folder.path("err")), HasSubstr("found a pipe, terminal or device at /dev/stdin"));
  EXPECT_FALSE(std::filesystem::exists(folder.path("r.json.journal")));
  // `descent data` reads its input only once.
  EXPECT_EQ(std::system((begin + "cat x.csv | " DESCENT_PROGRAM " data csv:/dev/stdin > /dev/null").c_str()), 0);
  expect_refused(folder, {"data", "csv:pipe?test=pipe"}, "can be read only once", {});
}

}  // namespace
}  // namespace descent::app::test
