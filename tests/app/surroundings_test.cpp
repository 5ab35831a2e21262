// The program when the system gives it little address space, few processes, a small memory group, or no terminal.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/program.hpp"
#include "app/report_file.hpp"
#include "descent/report/text_table.hpp"

namespace descent::app::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const char* const kRun =
    "run --preset quick --data 'synthetic:blobs?n=400&d=6&classes=3&test=100' --loss logistic --batch-sizes 16,full "
    "--threads 1 --seeds 2 --max-epochs 3 --max-steps 60 --target 0.3 --invocations 1 --out r.json --quiet";

bool has_sanitizer() {
#if defined(DESCENT_SANITIZE_ADDRESS) || defined(DESCENT_SANITIZE_THREAD)
  return true;
#else
  return false;
#endif
}

/// Runs the program with arguments as in a shell, after the command `before` ("ulimit -v 100000").
Outcome run_under(const TempFolder& folder, const std::string& before, const std::string& arguments) {
  const std::string command =
      fmt::format("cd '{}' && {} && exec {} {} > out 2> err", folder.path(), before, DESCENT_PROGRAM, arguments);
  const int status = std::system(fmt::format("bash -c \"{}\"", command).c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_file(folder.path("out")),
          read_file(folder.path("err"))};
}

/// It succeeds, or says in one line why not; it never aborts and is never killed.
void expect_result_or_line(const Outcome& outcome) {
  EXPECT_THAT(outcome.status, testing::AnyOf(0, 2)) << outcome.err;
  if (outcome.status != 2) return;
  EXPECT_EQ(lines_in(outcome.err), 1U) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("expected"));
}

TEST(Surroundings, LittleAddressSpaceIsEnoughOrNamed) {
  if (has_sanitizer()) GTEST_SKIP() << "sanitizers reserve more address space than this test allows";
  const TempFolder folder;
  folder.write("x.csv", "1,2,a\n3,4,b\n5,1,a\n");
  for (const int kibibytes : {60'000, 150'000, 200'000, 400'000, 1'500'000}) {
    SCOPED_TRACE(kibibytes);
    const std::string limit = fmt::format("ulimit -v {}", kibibytes);
    for (const char* light : {"list", "data csv:x.csv", "explain hinge --scores 1 --label 0"})
      EXPECT_EQ(run_under(folder, limit, light).status, 0) << light;
    expect_result_or_line(run_under(folder, limit, "machine"));
    expect_result_or_line(run_under(folder, limit, kRun));
  }
  expect_result_or_line(run_under(folder, "ulimit -d 200000", kRun));
}

TEST(Surroundings, FewProcessesAreEnoughOrNamed) {
  if (getuid() != 0 || std::system("setpriv --version > /dev/null 2>&1") != 0)
    GTEST_SKIP() << "needs root and setpriv, to run as a user for whom the limit holds";
  const TempFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  folder.write("x.csv", "1,2,a\n3,4,b\n5,1,a\n");
  // The program runs as another user, so that no other processes count. The sanitizer's search for leaks would start a
  // process, which the limit forbids.
  const std::string as_user = "ASAN_OPTIONS=detect_leaks=0 setpriv --reuid=64123 --regid=64123 --clear-groups";
  // The program is copied, because that user may not see the folder of the build.
  const std::string program = folder.path("descent");
  std::filesystem::copy_file(DESCENT_PROGRAM, program);
  for (const int processes : {1, 2, 4}) {
    SCOPED_TRACE(processes);
    for (const char* arguments : {"data csv:x.csv", "machine", "list", kRun}) {
      if (arguments == kRun && processes > 1) continue;  // with one, no process can take timings
      const std::string command = fmt::format("cd '{}' && {} bash -c \"ulimit -u {}; exec {} {}\" > out 2> err",
                                              folder.path(), as_user, processes, program, arguments);
      const int status = std::system(command.c_str());
      const Outcome outcome{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), "",
                            read_file(folder.path("err"))};
      if (std::string(arguments) == "machine" || arguments == kRun)
        expect_result_or_line(outcome);
      else
        EXPECT_EQ(outcome.status, 0) << arguments << outcome.err;
    }
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path("r.json.journal"))) << "it was known at the start";
}

/// The files by which a version of control groups is used.
struct GroupVersion {
  const char *name, *root, *limit, *members;
};
constexpr GroupVersion kGroupVersions[] = {
    {"Version1", "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "tasks"},
    {"Version2", "/sys/fs/cgroup", "memory.max", "cgroup.procs"},
    {"Version2Beside1", "/sys/fs/cgroup/unified", "memory.max", "cgroup.procs"},
};

/// A control group with a memory limit, and a group without one inside it. It is not made if this process may not make
/// groups, or if the system does not control memory by them.
class MemoryGroup {
 public:
  explicit MemoryGroup(const GroupVersion& version)
      : version_(version), folder_(fmt::format("{}/descent-test-{}", version.root, getpid())) {
    std::error_code failed;
    std::filesystem::create_directory(folder_, failed);
    if (!failed) std::filesystem::create_directory(folder_ + "/inner", failed);
    if (failed || !std::filesystem::exists(fmt::format("{}/{}", folder_, version.limit))) return;
    std::ofstream(fmt::format("{}/{}", folder_, version.limit)) << 200'000'000;
    made_ = std::filesystem::exists(fmt::format("{}/inner/{}", folder_, version.members));
  }
  MemoryGroup(const MemoryGroup&) = delete;
  MemoryGroup& operator=(const MemoryGroup&) = delete;
  ~MemoryGroup() {
    rmdir((folder_ + "/inner").c_str());
    rmdir(folder_.c_str());
  }
  bool made() const { return made_; }
  /// A program with the address sanitizer keeps freed memory for a while. This keeps it to 8 MB, since hundreds of
  /// megabytes would be all the memory of the group. Other programs ignore the variable.
  std::string enter(const std::string& sub) const {
    return fmt::format("export ASAN_OPTIONS=quarantine_size_mb=8 && echo \\$\\$ > {}{}/{}", folder_, sub,
                       version_.members);
  }

 private:
  const GroupVersion& version_;
  std::string folder_;
  bool made_ = false;
};

class MemoryGroups : public testing::TestWithParam<GroupVersion> {};

TEST_P(MemoryGroups, OfTheProcessItselfAreRespected) {
  const MemoryGroup group(GetParam());
  if (!group.made()) GTEST_SKIP() << "needs root and a memory controller in " << GetParam().root;
  const TempFolder folder;
  std::string wide;  // as rows of 60,000 numbers, these are 480 MB
  for (int i = 0; i < 2000; ++i) wide += fmt::format("{} {}:1 60000:{}\n", i % 2, i + 1, i % 7 + 1);
  folder.write("wide.svm", wide);
  // For the inner group, the limit of the outer one holds. (In version 2, a process may be only in the innermost
  // group.)
  for (const char* sub : {"", "/inner"}) {
    SCOPED_TRACE(sub);
    const Outcome data = run_under(folder, group.enter(sub), "data libsvm:wide.svm");
    EXPECT_EQ(data.status, 2);
    EXPECT_THAT(data.err,
                HasSubstr("2,000 rows x 60,000 features, stored densely, needs 0.5 GB; expected at most the 0."));
    const Outcome machine = run_under(folder, group.enter(sub), "machine");
    EXPECT_EQ(machine.status, 0) << machine.err;
    EXPECT_THAT(machine.out, HasSubstr("199999488 bytes"));  // a limit is a number of whole pages
    expect_result_or_line(run_under(folder, group.enter(sub), kRun));
  }
}

INSTANTIATE_TEST_SUITE_P(Surroundings, MemoryGroups, testing::ValuesIn(kGroupVersions),
                         [](const auto& version) { return std::string(version.param.name); });

TEST(Surroundings, TheProgramIsNotLinkedWithABlas) {
  const TempFolder folder;
  ASSERT_EQ(std::system(fmt::format("ldd {} > '{}'", DESCENT_PROGRAM, folder.path("libraries")).c_str()), 0);
  EXPECT_THAT(read_file(folder.path("libraries")), Not(HasSubstr("blas")));
}

/// Runs the program on a terminal of its own, with TERM set to `term`, or not set if it is null. Returns what it wrote
/// there.
std::string on_terminal(const TempFolder& folder, const std::vector<std::string>& arguments, const char* term,
                        unsigned short columns = 0) {
  int terminal = -1;
  const winsize size{50, columns, 0, 0};
  const pid_t pid = forkpty(&terminal, nullptr, nullptr, columns == 0 ? nullptr : &size);
  if (pid == 0) {
    if (term == nullptr)
      unsetenv("TERM");
    else
      setenv("TERM", term, 1);
    std::vector<std::string> words{DESCENT_PROGRAM};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    if (chdir(folder.path().c_str()) == 0) execv(argv[0], argv.data());
    _exit(127);
  }
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = read(terminal, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  close(terminal);
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0) << text;
  return text;
}

TEST(Surroundings, ADumbTerminalGetsNoEscape) {
  const TempFolder folder;
  const std::vector<std::string> run{"run",
                                     "--preset",
                                     "quick",
                                     "--data",
                                     "synthetic:blobs?n=200&d=3&classes=2",
                                     "--loss",
                                     "hinge",
                                     "--batch-sizes",
                                     "16",
                                     "--threads",
                                     "1",
                                     "--seeds",
                                     "1",
                                     "--max-steps",
                                     "20",
                                     "--max-epochs",
                                     "1",
                                     "--invocations",
                                     "0",
                                     "--out",
                                     "r.json"};
  for (const auto& arguments : {run, {"list"}, {"data", "synthetic:blobs?n=50&d=3&classes=2"}})
    EXPECT_THAT(on_terminal(folder, arguments, "dumb"), Not(HasSubstr("\x1b"))) << arguments[0];
  for (const char* term : {"", static_cast<const char*>(nullptr)})
    EXPECT_THAT(on_terminal(folder, run, term), Not(HasSubstr("\x1b")));
  for (const char* term : {"unknown", "network", "emacs"})
    EXPECT_THAT(on_terminal(folder, {"list"}, term), Not(HasSubstr("\x1b"))) << term;
  EXPECT_THAT(on_terminal(folder, run, "xterm"), HasSubstr("\x1b"));
}

TEST(Surroundings, APageHasTheWidthOfTheTerminal) {
  const TempFolder folder;
  std::filesystem::copy(DESCENT_SOURCE_DIR "/results/example.json", folder.path("r.json"));
  for (const unsigned short columns : {80, 100, 140}) {
    std::size_t widest = 0;
    std::istringstream in(on_terminal(folder, {"report", "r.json"}, "dumb", columns));
    for (std::string line; std::getline(in, line);) {
      if (line.ends_with('\r')) line.pop_back();
      widest = std::max(widest, report::display_width(line));
    }
    EXPECT_LE(widest, columns);
    EXPECT_GE(widest + 12, columns) << "sentences have to use the width of the terminal";
  }
}

void hang_up(int pid, const TempFolder& where) {
  const auto running = [pid] {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
  };
  while (!std::filesystem::exists(where.path("r.json.journal")) && running()) usleep(1000);
  kill(pid, SIGHUP);
}

std::vector<std::string> tiny_run() {
  return {"run",
          "--preset",
          "quick",
          "--data",
          "synthetic:blobs?n=400&d=6&classes=3",
          "--loss",
          "logistic",
          "--batch-sizes",
          "16,full",
          "--threads",
          "1",
          "--seeds",
          "2",
          "--max-epochs",
          "3",
          "--max-steps",
          "60",
          "--target",
          "0.3",
          "--invocations",
          "1",
          "--out",
          "r.json",
          "--quiet"};
}

TEST(Surroundings, AHangUpLeavesAPartialReportUnlessItWasIgnored) {
  const TempFolder folder;
  const Outcome ended = run_program(folder, tiny_run(), hang_up);
  EXPECT_EQ(ended.status, 130) << ended.err;
  EXPECT_EQ(load_report(folder.path("r.json")).status, "partial");
  const TempFolder other;
  const auto before = std::signal(SIGHUP, SIG_IGN);  // which is what nohup does
  const Outcome went_on = run_program(other, tiny_run(), hang_up);
  std::signal(SIGHUP, before);
  EXPECT_EQ(went_on.status, 0) << went_on.err;
  EXPECT_EQ(load_report(other.path("r.json")).status, "complete");
}

}  // namespace
}  // namespace descent::app::test
