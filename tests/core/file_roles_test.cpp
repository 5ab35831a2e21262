#include "descent/core/file_roles.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "descent/core/error.hpp"

namespace descent::core {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Files : public testing::Test {
 protected:
  Files() {
    std::string path = (fs::temp_directory_path() / "descent-roles-XXXXXX").string();
    folder_ = mkdtemp(path.data());
    std::ofstream(folder_ / "a") << "a";
    std::ofstream(folder_ / "b") << "b";
    fs::create_directory(folder_ / "sub");
  }
  ~Files() override { fs::remove_all(folder_); }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }

  /// The message of the UsageError if `first` is an input or an output and then `second` is an output; "" if none is
  /// thrown.
  static std::string error_of(const std::string& first, bool first_is_output, const std::string& second) {
    try {
      FileRoles roles;
      if (first_is_output)
        roles.writes("--one", first);
      else
        roles.reads("--one", first);
      roles.writes("--two", second);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  }

  fs::path folder_;
};

TEST_F(Files, AreOneFileUnderWhateverName) {
  fs::create_symlink(at("a"), at("soft"));
  fs::create_hard_link(at("a"), at("hard"));
  fs::create_directory_symlink(folder_, at("sub/up"));
  for (const std::string& name : {at("a"), at("./sub/../a"), at("soft"), at("hard"), at("sub/up/a")})
    for (const bool output : {false, true}) {
      EXPECT_THAT(error_of(at("a"), output, name), HasSubstr("--two " + name + ": found the file of --one; expected "))
          << name;
      EXPECT_THAT(error_of(name, output, at("a")), HasSubstr("found the file of --one")) << name;
      EXPECT_EQ(error_of(at("b"), output, name), "") << name;
    }
}

TEST_F(Files, ThatAreNotThereYetAreComparedByFolderAndName) {
  fs::create_symlink(at("new"), at("dangling"));
  fs::create_directory_symlink(folder_, at("sub/up"));
  for (const std::string& name : {at("new"), at("sub/../new"), at("dangling"), at("sub/up/new")})
    EXPECT_THAT(error_of(at("new"), true, name), HasSubstr("found the file of --one")) << name;
  EXPECT_EQ(error_of(at("new"), true, at("newer")), "");
  EXPECT_EQ(error_of(at("new"), true, at("sub/new")), "");
}

TEST_F(Files, OfOneStreamAreMixedUpAndDevNullIsNot) {
  EXPECT_EQ(error_of("/dev/null", true, "/dev/null"), "");
  ASSERT_EQ(mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_THAT(error_of(at("pipe"), true, at("pipe")), HasSubstr("found the file of --one"));
}

TEST_F(Files, ThatCanBeReadOnceAreReadOnce) {
  ASSERT_EQ(mkfifo(at("pipe").c_str(), 0600), 0);
  FileRoles roles;
  roles.reads("--config", at("pipe"));
  EXPECT_THROW(roles.reads("--data", at("pipe")), UsageError);
  roles.reads("--config", at("a"));
  roles.reads("--data", at("a"));
}

TEST_F(Files, CanBeReadAgainButNotPipesAndTerminals) {
  ASSERT_EQ(mkfifo(at("pipe").c_str(), 0600), 0);
  for (const std::string& name : {at("pipe"), std::string("/dev/zero"), std::string("/dev/ptmx")})
    EXPECT_FALSE(can_be_read_again(name)) << name;
  for (const std::string& name : {at("a"), at("sub"), at("absent")}) EXPECT_TRUE(can_be_read_again(name)) << name;
}

}  // namespace
}  // namespace descent::core
