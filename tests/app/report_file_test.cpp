#include "app/report_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <ostream>

#include "app/program.hpp"
#include "descent/core/error.hpp"

namespace descent {
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
  } catch (const InputError& error) {
    message = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_THAT(message, testing::HasSubstr("r.json: cannot be written (File too large)"));
  EXPECT_EQ(test::read_file(folder.path("r.json")), "old");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(ReplaceFile, NamesAFolderThatIsNotThere) {
  const test::TempFolder folder;
  EXPECT_THROW(replace_file(folder.path("absent/r.json"), [](std::ostream&) {}), InputError);
}

}  // namespace
}  // namespace descent
