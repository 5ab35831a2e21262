// A benchmark program that loses a result may not end with status 0. Tested only if these programs are built.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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
  /// Runs a shell command in the folder, in which "{}" is the program. The outcome has its status and standard error.
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

TEST_F(BenchPrograms, AValueThatMeansNothingIsAnError) {
  folder_.write("r.json", "an earlier result");
  for (const char* value : {"--benchmark_format=xml", "--benchmark_out=r.json --benchmark_out_format=JSON",
                            "--benchmark_repetitions=0", "--benchmark_min_time=-1"}) {
    const Outcome outcome = shell("bench_losses", quick_ + value);
    EXPECT_EQ(outcome.status, 2) << value;
    EXPECT_EQ(lines_in(outcome.err), 1U) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("; expected ")) << value;
  }
  EXPECT_EQ(read_file(folder_.path("r.json")), "an earlier result");
}

TEST_F(BenchPrograms, AHelpThatCannotBePrintedIsAnError) {
  for (const char* name : {"bench_losses", "bench_gradient", "scaling", "gate_quality"}) {
    const Outcome outcome = shell(name, "--help", "> /dev/full");
    EXPECT_EQ(outcome.status, 2) << name;
    EXPECT_THAT(outcome.err, HasSubstr("standard output: cannot be written")) << name;
  }
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

TEST_F(BenchPrograms, WorkThatEveryEngineRefusesIsAnError) {
  const Outcome outcome = shell("bench_step",
                                "--n=64 --d=3 --classes=2 --losses=squared_hinge --engines=exact8 "
                                "--batches=8 --threads=1 --benchmark_min_time=0.001");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr("nothing was measured: every engine refused"));
}

TEST_F(BenchPrograms, AnOrderWithoutAllRowsIsRefusedBeforeAnythingIsMeasured) {
  const std::string step = "--n=3 --d=3 --classes=2 --engines=fused --batches=1 --threads=1 --order=";
  folder_.write("short", std::string("\0\0\0\0\1\0\0\0\2\0\0", 11));
  folder_.write("beyond", std::string("\0\0\0\0\1\0\0\0\3\0\0\0", 12));
  for (const auto& [file, found] : {std::pair{"short", "found 2 row numbers of four bytes"},
                                    std::pair{"beyond", "found row 3 at place 2"}, std::pair{"absent", "absent"}}) {
    const Outcome outcome = shell("bench_step", step + file);
    EXPECT_EQ(outcome.status, 2) << file;
    EXPECT_THAT(outcome.err, HasSubstr(found));
    EXPECT_EQ(lines_in(outcome.err), 1U) << outcome.err;
    EXPECT_EQ(read_file(folder_.path("out")), "") << file;
  }
}

TEST_F(BenchPrograms, OtherProgramsSayInOneLineWhatIsWrong) {
  folder_.write("costs", "no JSON");
  for (const auto& [name, arguments, found] :
       {std::tuple{"scaling", "--frobnicate", "--frobnicate"},
        std::tuple{"scaling", "--topology 'core:2 pu:1' --from absent", "absent"},
        std::tuple{"scaling", "--topology 'core:2 pu:1' --from costs", "costs: found no JSON"},
        std::tuple{"scaling", "--topology 'core:2 pu:1' --from costs --json costs", "--json"},
        std::tuple{"scaling", "--topology 'core:2 pu:1' --json absent/x.json", "absent/x.json: cannot be written"},
        std::tuple{"coverage", "--trials much", "--trials"}, std::tuple{"coverage", "--report absent", "absent"},
        std::tuple{"gate_quality", "", "REPORT"}, std::tuple{"gate_quality", "absent", "absent"}}) {
    const Outcome outcome = shell(name, arguments);
    EXPECT_EQ(outcome.status, 2) << name << ' ' << arguments;
    EXPECT_THAT(outcome.err, HasSubstr(found));
    EXPECT_EQ(lines_in(outcome.err), 1U) << outcome.err;
  }
  EXPECT_EQ(read_file(folder_.path("costs")), "no JSON");
  const std::string costs =
      fmt::format("--topology 'core:2 pu:1' --from {}/bench/scaling/epyc-zen5-784x10.json", DESCENT_SOURCE_DIR);
  EXPECT_EQ(shell("scaling", costs + " --json costs").status, 0);
  EXPECT_THAT(read_file(folder_.path("costs")), HasSubstr("descentbench-scaling"));
  const Outcome full = shell("scaling", costs, "> /dev/full");
  EXPECT_EQ(full.status, 2);
  EXPECT_THAT(full.err, HasSubstr("standard output: cannot be written"));
}

TEST_F(BenchPrograms, AWrongFilterLeavesAnEarlierResultAlone) {
  folder_.write("r.json", "an earlier result");
  const Outcome outcome = shell("bench_losses", "--benchmark_filter=nothing --benchmark_out=r.json");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(lines_in(outcome.err), 1U) << outcome.err;
  EXPECT_EQ(read_file(folder_.path("r.json")), "an earlier result");
  const Outcome unknown = shell("bench_losses", quick_ + "--frobnicate=3 --benchmark_out=r.json");
  EXPECT_EQ(unknown.status, 2);
  EXPECT_EQ(unknown.err, "--frobnicate=3: found an unknown option; expected one of those that --help names\n");
  EXPECT_EQ(read_file(folder_.path("r.json")), "an earlier result");
  EXPECT_EQ(shell("bench_losses", quick_ + "--benchmark_list_tests").status, 0);
  EXPECT_THAT(read_file(folder_.path("out")), HasSubstr("losses/hinge/classes:1/examples:32/real_time"));
}

TEST_F(BenchPrograms, NeitherReadNorWriteAFifoWithoutItsOtherEnd) {
  ASSERT_EQ(mkfifo(folder_.path("f").c_str(), 0600), 0);
  const Outcome out = shell("bench_losses", quick_ + "--benchmark_out=f");
  EXPECT_EQ(out.status, 2);
  EXPECT_EQ(out.err, "--benchmark_out f: found a FIFO that nobody reads; expected a file, or a reader\n");
  for (const char* arguments : {"--data=csv:f", "--order=f"}) {
    const Outcome in = shell("bench_gradient", fmt::format("{} --n=100 --d=2 --batches=10", arguments));
    EXPECT_EQ(in.status, 2) << arguments;
    EXPECT_EQ(lines_in(in.err), 1U) << in.err;
  }
  EXPECT_EQ(std::system(fmt::format("cd '{0}'\n{1} {2} --benchmark_out=f > out 2>&1 &\ncat '{0}/f' > '{0}/copy'; wait",
                                    folder_.path(), program("bench_losses"), quick_)
                            .c_str()),
            0);
  EXPECT_THAT(read_file(folder_.path("copy")), HasSubstr("losses/hinge/classes:1/examples:32"));
}

/// It succeeds, or its last line names what is missing; it never aborts and is never killed.
void expect_result_or_line(const Outcome& outcome) {
  EXPECT_THAT(outcome.status, testing::AnyOf(0, 2)) << outcome.err;
  if (outcome.status != 2) return;
  const std::string last = outcome.err.substr(outcome.err.rfind('\n', outcome.err.size() - 2) + 1);
  EXPECT_THAT(last, HasSubstr("expected"));
  EXPECT_THAT(last, testing::Not(HasSubstr("no check foresaw")));
}

const char* const kFew =
    "'--benchmark_filter=hinge/classes:1/examples:32/|fused/softmax_cross_entropy/batch:32/threads:2|"
    "machine/(fma|read/memory|join)/threads:2' --benchmark_min_time=0.001 --oversubscribe --threads=2";

TEST_F(BenchPrograms, LittleAddressSpaceIsEnoughOrNamed) {
#if defined(DESCENT_SANITIZE_ADDRESS) || defined(DESCENT_SANITIZE_THREAD)
  GTEST_SKIP() << "sanitizers reserve more address space than this test allows";
#endif
  for (const int kibibytes : {60'000, 150'000, 400'000})
    for (const char* name : {"bench_gradient", "bench_step", "bench_machine"}) {
      SCOPED_TRACE(fmt::format("{} {}", name, kibibytes));
      const std::string command =
          fmt::format("cd '{}' && ulimit -v {} && {} {} > out 2> err", folder_.path(), kibibytes, program(name), kFew);
      const int status = std::system(command.c_str());
      expect_result_or_line(
          {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), "", read_file(folder_.path("err"))});
    }
}

TEST_F(BenchPrograms, FewProcessesAreEnoughOrNamed) {
  if (getuid() != 0 || std::system("setpriv --version > /dev/null 2>&1") != 0)
    GTEST_SKIP() << "needs root and setpriv, to run as a user for whom the limit holds";
  std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);
  for (const char* name : {"bench_losses", "bench_gradient", "bench_machine"}) {
    std::filesystem::copy_file(program(name), folder_.path(name));  // the user may not see the folder of the build
    for (const int processes : {1, 2}) {
      SCOPED_TRACE(fmt::format("{} {}", name, processes));
      const std::string command = fmt::format(
          "cd '{}' && ASAN_OPTIONS=detect_leaks=0 setpriv --reuid=64124 --regid=64124 --clear-groups bash -c "
          "\"ulimit -u {}; exec ./{} {}\" > out 2> err",
          folder_.path(), processes, name, std::string(name) == "bench_losses" ? quick_ : kFew);
      const int status = std::system(command.c_str());
      expect_result_or_line(
          {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), "", read_file(folder_.path("err"))});
    }
  }
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
  const auto context = nlohmann::json::parse(read_file(folder_.path("r.json"))).at("context");
  EXPECT_EQ(context.at("num_cpus"), 1);
  EXPECT_THAT(context.at("executable").get<std::string>(), HasSubstr("bench_losses"));
  const auto mode = std::filesystem::status(folder_.path("r.json")).permissions();
  EXPECT_EQ(mode & std::filesystem::perms(07111), std::filesystem::perms::none) << "not executable, no special bits";
}

TEST_F(BenchPrograms, LittleMemoryIsNamedInOneLine) {
  const Outcome outcome = shell("bench_gradient", "--n=2000000000 --d=2000 --batches=1");
  EXPECT_EQ(outcome.status, 2) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("made data needs 16 TB; expected at most"));
}

}  // namespace
}  // namespace descent::app::test
