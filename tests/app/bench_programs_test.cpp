// The benchmark programs lose nothing with status 0. They are there where the build has them.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <nlohmann/json.hpp>

#include "app/program.hpp"

namespace descent::app::test {
namespace {

using testing::HasSubstr;

class BenchPrograms : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(program("bench_losses"))) GTEST_SKIP() << "built without benchmark programs";
  }
  static std::string program(const std::string& name) {
    return (std::filesystem::path(DESCENT_PROGRAM).parent_path() / name).string();
  }
  /// Status and standard error of a shell's command in the folder; "{}" is the program.
  Outcome shell(const std::string& name, const std::string& arguments, const std::string& to = "> out") const {
    const std::string command = fmt::format("cd '{}' && {} {} {} 2> err", folder_.path(), program(name), arguments, to);
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), "", read_file(folder_.path("err"))};
  }
  TempFolder folder_;
  const std::string quick_ = "--benchmark_min_time=0.001 --benchmark_filter=losses/hinge/classes:1/examples:32 ";
};

TEST_F(BenchPrograms, AFullDiskIsAnError) {
  const Outcome out = shell("bench_losses", quick_, "> /dev/full");
  EXPECT_EQ(out.status, 2);
  EXPECT_THAT(out.err, HasSubstr("standard output: cannot be written"));
  for (const char* format : {"json", "csv", "console"}) {
    const Outcome file =
        shell("bench_losses", quick_ + "--benchmark_out=/dev/full --benchmark_out_format=" + std::string(format));
    EXPECT_EQ(file.status, 2) << format;
    EXPECT_THAT(file.err, HasSubstr("--benchmark_out /dev/full: cannot be written"));
  }
  EXPECT_EQ(shell("bench_losses", quick_ + "--benchmark_out=absent/x.json").status, 2);
}

TEST_F(BenchPrograms, AClosedStandardOutputIsAnError) {
  for (const char* name : {"bench_losses", "bench_machine", "bench_step"})
    EXPECT_EQ(shell(name, "--benchmark_filter=none", ">&-").status, 2) << name;
}

TEST_F(BenchPrograms, AFilterThatMatchesNothingIsAnError) {
  for (const char* filter : {"nothing", "'a['", "'('"})
    for (const char* name : {"bench_losses", "bench_machine", "bench_gradient"}) {
      const Outcome outcome = shell(name, fmt::format("--benchmark_filter={}", filter));
      EXPECT_EQ(outcome.status, 2) << name << filter;
      EXPECT_THAT(outcome.err, HasSubstr("found no benchmark; expected a regular expression that matches one"));
    }
  EXPECT_EQ(shell("bench_losses", quick_).status, 0);
}

TEST_F(BenchPrograms, AnOutputReplacesNoInput) {
  folder_.write("x.csv", "1,2,a\n3,4,b\n5,1,a\n");
  std::filesystem::create_symlink("x.csv", folder_.path("link"));
  for (const char* out : {"x.csv", "link", "./x.csv"}) {
    const Outcome outcome =
        shell("bench_gradient", fmt::format("--data=csv:x.csv --batches=2 --benchmark_out={}", out));
    EXPECT_EQ(outcome.status, 2) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("found the file of --data"));
    EXPECT_EQ(read_file(folder_.path("x.csv")), "1,2,a\n3,4,b\n5,1,a\n");
  }
}

TEST_F(BenchPrograms, NumCpusIsWhatTheProcessMayUse) {
  const std::string command = fmt::format("cd '{}' && taskset -c 0 {} {} --benchmark_out=r.json > out 2> err",
                                          folder_.path(), program("bench_losses"), quick_);
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(nlohmann::json::parse(read_file(folder_.path("r.json"))).at("context").at("num_cpus"), 1);
}

TEST_F(BenchPrograms, LittleMemoryIsNamedInOneLine) {
  const Outcome outcome = shell("bench_gradient", "--n=2000000000 --d=2000 --batches=1");
  EXPECT_EQ(outcome.status, 2) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("made data needs 16 TB; expected at most"));
}

}  // namespace
}  // namespace descent::app::test
