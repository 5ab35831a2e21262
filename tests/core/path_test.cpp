#include "descent/core/path.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace descent::core {
namespace {
namespace fs = std::filesystem;

class Path : public testing::Test {
 protected:
  Path() {
    std::string path = (fs::temp_directory_path() / "descent-path-XXXXXX").string();
    folder_ = mkdtemp(path.data());
    std::ofstream(folder_ / "file") << "x";
  }
  ~Path() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(Path, FilesAndWhatIsNotThereAreReplacedAndPipesAndDevicesWrittenTo) {
  EXPECT_FALSE(takes_writes(folder_ / "file"));
  EXPECT_FALSE(takes_writes(folder_ / "absent"));
  EXPECT_FALSE(takes_writes(folder_));
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_TRUE(takes_writes(folder_ / "pipe"));
  fs::create_symlink("pipe", folder_ / "to-pipe");
  EXPECT_TRUE(takes_writes(folder_ / "to-pipe"));
  for (const char* device : {"/dev/null", "/dev/stdout", "/dev/fd/1"}) EXPECT_TRUE(takes_writes(device)) << device;
}

TEST_F(Path, LinksEndAtTheFileAlsoWhereItIsNotThere) {
  fs::create_symlink("file", folder_ / "one");
  fs::create_symlink(folder_ / "one", folder_ / "two");
  fs::create_symlink("absent", folder_ / "dangling");
  fs::create_symlink("circle", folder_ / "circle");
  EXPECT_EQ(without_links(folder_ / "file"), folder_ / "file");
  EXPECT_EQ(without_links(folder_ / "two"), folder_ / "file");
  EXPECT_EQ(without_links(folder_ / "dangling"), folder_ / "absent");
  EXPECT_EQ(without_links(folder_ / "circle"), folder_ / "circle");
}

}  // namespace
}  // namespace descent::core
