#include "descent/core/control_groups.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace descent::core {
namespace {

/// Control groups as files, in a folder that is deleted when the test ends.
class Groups : public testing::Test {
 protected:
  Groups() {
    std::string path = (std::filesystem::temp_directory_path() / "descent-groups-XXXXXX").string();
    root_ = mkdtemp(path.data());
  }
  ~Groups() override { std::filesystem::remove_all(root_); }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text << '\n';
  }
  std::optional<std::int64_t> limit() const { return memory_limit(root_.string(), (root_ / "own").string()); }
  std::optional<std::int64_t> left() const { return memory_left_by_groups(root_.string(), (root_ / "own").string()); }

  std::filesystem::path root_;
};

TEST_F(Groups, OfMemoryGiveTheLeastLimitOfTheirs) {
  EXPECT_FALSE(limit().has_value());
  write("own", "0::/user/job");
  write("user/job/memory.max", "max");
  EXPECT_FALSE(limit().has_value());
  write("user/memory.max", "1073741824");
  EXPECT_EQ(limit().value(), 1 << 30);
  write("own", "3:memory:/jobs");
  write("memory/jobs/memory.limit_in_bytes", "536870912");
  write("memory/memory.limit_in_bytes", "9223372036854771712");  // what the kernel writes for no limit
  EXPECT_EQ(limit().value(), 1 << 29);
}

TEST_F(Groups, OfVersionTwoAreLimitedWhereTheKernelSlowsThemDown) {
  write("own", "0::/slice");
  write("slice/memory.high", "700000");
  write("slice/memory.max", "max");
  write("slice/memory.current", "100000");
  EXPECT_EQ(limit().value(), 700'000);
  EXPECT_EQ(left().value(), 600'000);
  write("slice/memory.max", "500000");
  EXPECT_EQ(left().value(), 400'000);
}

TEST_F(Groups, OfVersionTwoLeaveWhatTheTightestOfThemLeaves) {
  write("own", "0::/slice/job");
  write("slice/job/memory.max", "1000000");
  write("slice/job/memory.current", "300000");
  EXPECT_EQ(left().value(), 700'000);
  // The outer group has a larger limit, but less memory is left, because other processes in it use memory, too.
  write("slice/memory.max", "2000000");
  write("slice/memory.current", "1900000");
  EXPECT_EQ(left().value(), 100'000);
  // File caches do not count as used memory, because the system frees them when memory is short.
  write("slice/memory.stat", "anon 5\nactive_file 100000\ninactive_file 50000\nshmem 7");
  EXPECT_EQ(left().value(), 250'000);
  write("slice/job/memory.max", "100");  // less than is used already, so that nothing is left
  EXPECT_EQ(left().value(), 0);
}

TEST_F(Groups, OfVersionOneLeaveWhatTheTightestOfThemLeaves) {
  write("own", "5:cpu,cpuacct:/a\n4:memory:/jobs/7\n0::/");
  write("memory/memory.limit_in_bytes", "9223372036854771712");
  write("memory/memory.usage_in_bytes", "1234");
  EXPECT_FALSE(left().has_value());
  write("memory/jobs/7/memory.limit_in_bytes", "300000000");
  write("memory/jobs/7/memory.usage_in_bytes", "100000000");
  EXPECT_EQ(left().value(), 200'000'000);
  write("memory/jobs/memory.limit_in_bytes", "400000000");
  write("memory/jobs/memory.usage_in_bytes", "390000000");
  write("memory/jobs/memory.stat", "active_file 1\ntotal_active_file 30000000\ntotal_inactive_file 10000000");
  EXPECT_EQ(left().value(), 50'000'000);
}

TEST_F(Groups, OfAContainerAreAtTheRootWhateverTheirNamesOutside) {
  write("own", "0::/docker/0123abc");
  write("memory.max", "5000");
  write("memory.current", "1000");
  EXPECT_EQ(left().value(), 4000);
  EXPECT_EQ(limit().value(), 5000);
}

}  // namespace
}  // namespace descent::core
