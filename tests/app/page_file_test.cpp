#include "app/page_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "app/program.hpp"
#include "descent/core/error.hpp"

namespace descent::app {
namespace {

using test::read_file, test::run_program, test::TempFolder;

TEST(PageFile, StandsBesideTheReport) {
  EXPECT_EQ(page_beside("results/mnist.json"), "results/mnist.html");
  EXPECT_EQ(page_beside("results/mnist.json.gz"), "results/mnist.html");
  EXPECT_EQ(page_beside("mnist"), "mnist.html");
  EXPECT_EQ(page_beside("-"), "");
  EXPECT_EQ(page_beside("/dev/stdout"), "");
}

TEST(PageFile, IsWantedOnOrOffAndNothingElse) {
  EXPECT_TRUE(wants_page("on"));
  EXPECT_FALSE(wants_page("off"));
  EXPECT_THROW(wants_page("yes"), core::UsageError);
}

TEST(PageFile, IsWrittenByRunUnlessItIsOff) {
  const TempFolder folder;
  const std::vector<std::string> words{"run",
                                       "--data",
                                       "synthetic:blobs?n=200&d=4&classes=2&seed=1",
                                       "--loss",
                                       "logistic",
                                       "--batch-sizes",
                                       "32",
                                       "--seeds",
                                       "1",
                                       "--threads",
                                       "1",
                                       "--quiet",
                                       "--invocations",
                                       "0",
                                       "--out",
                                       "r.json"};
  std::vector<std::string> without = words;
  without.insert(without.end(), {"--page", "off"});
  EXPECT_EQ(run_program(folder, without).status, 0);
  EXPECT_FALSE(std::filesystem::exists(folder.path("r.html")));
  EXPECT_EQ(run_program(folder, words).status, 0);
  ASSERT_TRUE(std::filesystem::exists(folder.path("r.html")));
  // The page has to have the same bytes when it is made again from the report alone.
  EXPECT_EQ(run_program(folder, {"report", "r.json", "--html", "again.html"}).status, 0);
  EXPECT_EQ(read_file(folder.path("again.html")), read_file(folder.path("r.html")));
  EXPECT_EQ(run_program(folder, {"report", "r.json", "r.json", "--html", "two.html"}).status, 0);
  EXPECT_GT(std::filesystem::file_size(folder.path("two.html")), std::filesystem::file_size(folder.path("r.html")));
}

}  // namespace
}  // namespace descent::app
