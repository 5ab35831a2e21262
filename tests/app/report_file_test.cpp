#include "app/report_file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ostream>

#include "app/program.hpp"
#include "descent/core/error.hpp"

namespace descent::app {
namespace {

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
  small.rlim_cur = 1000;  // as a full disk: a write comes back short, the next one fails
  setrlimit(RLIMIT_FSIZE, &small);
  std::string message;
  try {
    replace_file(folder.path("r.json"), [](std::ostream& out) { out << std::string(5000, 'x'); });
  } catch (const core::InputError& error) {
    message = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_THAT(message, testing::HasSubstr("r.json: cannot be written (File too large)"));
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

TEST(ReplaceFile, NamesAFolderThatIsNotThere) {
  const test::TempFolder folder;
  EXPECT_THROW(replace_file(folder.path("absent/r.json"), [](std::ostream&) {}), core::InputError);
}

}  // namespace
}  // namespace descent::app
