// Limits of the process that end it by a signal or make libraries fail, and standard streams that take nothing: every
// command says so in one line.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/program.hpp"
#include "app/report_file.hpp"

namespace descent::app::test {
namespace {

using testing::HasSubstr;

const char* const kRun =
    "run --preset quick --data 'synthetic:blobs?n=400&d=6&classes=3' --loss logistic --batch-sizes 16,full "
    "--threads 1 --seeds 2 --max-epochs 3 --max-steps 60 --target 0.3 --invocations 0 --aa-cells 0 --page off "
    "--roof-seconds 0.01 --out r.json --quiet";

#if defined(DESCENT_SANITIZE_ADDRESS) || defined(DESCENT_SANITIZE_THREAD)
constexpr bool kSanitizer = true;
#else
constexpr bool kSanitizer = false;
#endif

class ProcessLimits : public testing::Test {
 protected:
  ProcessLimits() {
    folder_.write("x.csv", "1,2,a\n3,4,b\n5,1,a\n");
    folder_.write("e.json", read_file(DESCENT_SOURCE_DIR "/results/example.json"));
    folder_.write("h/e.json", read_file(DESCENT_SOURCE_DIR "/results/example.json"));
  }
  /// What a command printed to both streams, unless it sends them elsewhere. It runs after `before` in bash.
  Outcome under(const std::string& before, const std::string& arguments, const std::string& program = "descent") const {
    const std::string path = (std::filesystem::path(DESCENT_PROGRAM).parent_path() / program).string();
    folder_.write("command", fmt::format("cd '{}' && {} && {} {}", folder_.path(), before, path, arguments));
    return run_shell(fmt::format("bash '{}'", folder_.path("command")));
  }
  void expect_line(const Outcome& outcome, const std::string& text) const {
    EXPECT_EQ(outcome.status, 2) << outcome.out;
    EXPECT_EQ(lines_in(outcome.out), 1U) << outcome.out;
    EXPECT_THAT(outcome.out, HasSubstr(text));
    EXPECT_THAT(outcome.out, HasSubstr("; expected "));
  }
  TempFolder folder_;
};

TEST_F(ProcessLimits, OfFileSizesAreNamedByEveryCommandThatPrints) {
  for (const char* arguments :
       {"list", "explain words", "data csv:x.csv", "report e.json", "compare e.json e.json", "history h", "run --list"})
    expect_line(under("ulimit -f 0", fmt::format("{} > out", arguments)), "standard output: cannot be written");
}

TEST_F(ProcessLimits, OfOpenFilesAreNamedBeforeALibraryMeetsThem) {
  for (const char* arguments : {"list", "report e.json", "machine", "ab -- true -- true", kRun})
    expect_line(under("ulimit -n 8", arguments), "open files: found room for ");
  EXPECT_FALSE(std::filesystem::exists(folder_.path("r.json.journal")));
  if (std::filesystem::exists(std::filesystem::path(DESCENT_PROGRAM).parent_path() / "bench_losses"))
    expect_line(under("ulimit -n 5", "", "bench_losses"), "open files: found room for ");
}

TEST_F(ProcessLimits, OfTheStackAreNamed) {
  if (kSanitizer) GTEST_SKIP() << "sanitizers need more of the stack before the program begins";
  for (const char* arguments : {"list", "ab -- true -- true", kRun})
    expect_line(under("ulimit -s 100", arguments), "stack: found a limit of 100 KiB");
}

TEST_F(ProcessLimits, OfProcessorTimeAreNamedOrLeaveAPartialReport) {
  if (kSanitizer) GTEST_SKIP() << "what is left of a second is too little for a sanitizer";
  // Half a second is left for making 64 million random numbers.
  expect_line(under("ulimit -t 1", "data 'synthetic:blobs?n=1000000&d=64'"), "processor time: found the limit");
  if (std::filesystem::exists(std::filesystem::path(DESCENT_PROGRAM).parent_path() / "bench_losses")) {
    const Outcome bench = under("ulimit -t 1", "> out", "bench_losses");
    EXPECT_EQ(bench.status, 2) << bench.out;
    EXPECT_THAT(bench.out, HasSubstr("processor time: found the limit"));
  }
  const Outcome run = under("ulimit -t 2",
                            "run --preset standard --data 'synthetic:blobs?n=2000&d=6' --threads 1 "
                            "--page off --out p.json --quiet");
  EXPECT_EQ(run.status, 130) << run.out;
  EXPECT_EQ(load_report(folder_.path("p.json")).status, "partial");
}

TEST_F(ProcessLimits, AStandardErrorThatIsAnInputStaysAsItIs) {
  folder_.write("c.toml", "seeds = 2\n");
  for (const auto& [arguments, file] :
       {std::pair("report e.json", "e.json"), {"data csv:x.csv", "x.csv"}, {"run --config c.toml --list", "c.toml"}}) {
    const std::string before = read_file(folder_.path(file));
    expect_line(under("true", fmt::format("{} 2>> {}", arguments, file)), "the file of the standard error");
    EXPECT_EQ(under("true", fmt::format("{} >> {} 2>&1", arguments, file)).status, 2);
    EXPECT_EQ(read_file(folder_.path(file)), before);
  }
}

/// A pipe that nobody reads.
struct BrokenPipe {
  int ends[2] = {-1, -1};
  BrokenPipe() {
    if (pipe(ends) == 0) close(ends[0]);
  }
  BrokenPipe(const BrokenPipe&) = delete;
  BrokenPipe& operator=(const BrokenPipe&) = delete;
  ~BrokenPipe() { close(ends[1]); }
};

TEST_F(ProcessLimits, ARunGoesOnWhereNobodyReadsItsProgress) {
  std::string run = kRun;
  run.erase(run.find(" --quiet"));
  const BrokenPipe pipe;
  EXPECT_EQ(under("true", fmt::format("{} 2>&{}", run, pipe.ends[1])).status, 0);
  EXPECT_EQ(load_report(folder_.path("r.json")).status, "complete");
}

TEST_F(ProcessLimits, AConfigurationWithoutAnEndIsRefused) {
  expect_line(under("true", "run --list --config <(yes 'seeds = 2')"), "found more than 1 MB");
}

}  // namespace
}  // namespace descent::app::test
