#include "app/report_file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ostream>
#include <sstream>

#include "app/program.hpp"
#include "descent/core/error.hpp"
#include "descent/core/gzip.hpp"

namespace descent::app {
namespace {

using testing::HasSubstr;

std::size_t files_in(const std::string& folder) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

TEST(ReplaceFile, PutsTheNewTextInPlaceOfTheOld) {
  const test::TempFolder folder;
  folder.write("r.json", "old and longer");
  replace_file(folder.path("r.json"), [](std::ostream& out) { out << "new"; });
  EXPECT_EQ(test::read_file(folder.path("r.json")), "new");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(ReplaceFile, LeavesTheOldFileWhereTheDiskIsFull) {
  const test::TempFolder folder;
  folder.write("r.json", "old");
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 1000;  // like a full disk: a write is cut short, and the next one fails
  setrlimit(RLIMIT_FSIZE, &small);
  std::string message;
  try {
    replace_file(folder.path("r.json"), [](std::ostream& out) { out << std::string(5000, 'x'); });
  } catch (const core::InputError& error) {
    message = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_THAT(message, HasSubstr("r.json: cannot be written (File too large)"));
  EXPECT_EQ(test::read_file(folder.path("r.json")), "old");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(ReplaceFile, ReplacesWhatALinkLeadsToAndLeavesTheLink) {
  const test::TempFolder folder;
  folder.write("there/r.json", "old");
  std::filesystem::create_symlink("there/r.json", folder.path("link"));
  replace_file(folder.path("link"), [](std::ostream& out) { out << "new"; });
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path("link")));
  EXPECT_EQ(test::read_file(folder.path("there/r.json")), "new");
  std::filesystem::create_symlink("there/later.json", folder.path("dangling"));
  replace_file(folder.path("dangling"), [](std::ostream& out) { out << "new"; });
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path("dangling")));
  EXPECT_EQ(test::read_file(folder.path("there/later.json")), "new");
}

TEST(ReplaceFile, LeavesWhoMayReadTheFileAsItWas) {
  const test::TempFolder folder;
  folder.write("r.json", "old");
  std::filesystem::permissions(folder.path("r.json"), std::filesystem::perms::owner_read);
  replace_file(folder.path("r.json"), [](std::ostream& out) { out << "new"; });
  EXPECT_EQ(std::filesystem::status(folder.path("r.json")).permissions(), std::filesystem::perms::owner_read);
}

TEST(ReplaceFile, WritesToAPipeAndLeavesItThere) {
  const test::TempFolder folder;
  ASSERT_EQ(mkfifo(folder.path("pipe").c_str(), 0600), 0);
  const int reader = open(folder.path("pipe").c_str(), O_RDWR | O_NONBLOCK);
  replace_file(folder.path("pipe"), [](std::ostream& out) { out << "text"; });
  char got[8] = {};
  EXPECT_EQ(read(reader, got, sizeof got), 4);
  close(reader);
  EXPECT_STREQ(got, "text");
  EXPECT_TRUE(std::filesystem::is_fifo(folder.path("pipe")));
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(ReplaceFile, WritesToADeviceAndLeavesItThere) {
  replace_file("/dev/null", [](std::ostream& out) { out << "text"; });
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(ReplaceFile, CompressesByTheEndOfTheName) {
  const test::TempFolder folder;
  replace_file(folder.path("r.json.gz"), [](std::ostream& out) { out << std::string(5000, 'x'); });
  EXPECT_TRUE(std::filesystem::file_size(folder.path("r.json.gz")) < 100);
  EXPECT_EQ(test::run_shell("gzip -dc " + folder.path("r.json.gz") + " | tr -d '\n'").out, std::string(5000, 'x'));
}

TEST(LoadReport, ReadsPlainAndGzipAlikeWhateverTheName) {
  const test::TempFolder folder;
  const std::string example = std::string(DESCENT_SOURCE_DIR) + "/results/example.json";
  const record::Report report = load_report(example);
  replace_file(folder.path("r.json.gz"), [&](std::ostream& out) { record::write_report(out, report); });
  std::filesystem::rename(folder.path("r.json.gz"), folder.path("r.json"));
  const record::Report again = load_report(folder.path("r.json"));
  EXPECT_GT(again.trajectories.size(), 10U);
  std::ostringstream one, two;
  record::write_report(one, report);
  record::write_report(two, again);
  EXPECT_EQ(one.str(), two.str());
}

std::string message_of_load(const std::string& path) {
  try {
    load_report(path);
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "";
}

TEST(LoadReport, SaysWhatIsWrongWithGzipData) {
  const test::TempFolder folder;
  const auto message = [&](const std::string& content) { return message_of_load(folder.write("r.json.gz", content)); };
  const std::string old = core::gzip("{\"schema\": \"descentbench-report\", \"schema_version\": 1}");
  EXPECT_THAT(message(old), HasSubstr("r.json.gz: /schema_version: found 1, expected 2"));
  EXPECT_THAT(message(old.substr(0, old.size() - 9)), HasSubstr("r.json.gz: gzip data end after"));
  std::string damaged = old;
  damaged[damaged.size() - 6] ^= 1;  // a byte of the checksum
  EXPECT_THAT(message(damaged), HasSubstr("r.json.gz: damaged gzip data"));
  EXPECT_THAT(message(core::gzip("no JSON")), HasSubstr("found no JSON"));
  EXPECT_THAT(message(""), HasSubstr("found no JSON"));
}

TEST(LoadReport, TakesNoMoreThanAReportCanHold) {
  const test::TempFolder folder;
  constexpr std::size_t kTooMuch = (std::size_t{256} << 20) + 1;
  EXPECT_THAT(message_of_load(folder.write("bomb.json.gz", core::gzip(std::string(kTooMuch, ' ')))),
              HasSubstr("bomb.json.gz: found gzip data of more than 268435456 bytes"));
  std::filesystem::resize_file(folder.write("large.json", ""), kTooMuch);  // takes no space on the disk
  EXPECT_THAT(message_of_load(folder.path("large.json")), HasSubstr("large.json: found more than 256 MB"));
}

TEST(ReplaceFile, NamesAFolderThatIsNotThere) {
  const test::TempFolder folder;
  EXPECT_THROW(replace_file(folder.path("absent/r.json"), [](std::ostream&) {}), core::InputError);
}

}  // namespace
}  // namespace descent::app
