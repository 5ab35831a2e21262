#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>

#include "descent/core/random.hpp"
#include "sweep/deterministic.hpp"
#include "sweep/tiny.hpp"

namespace descent::sweep {
namespace {

class KilledSweep : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("descent-kill-" + std::to_string(getpid()));
    std::filesystem::create_directory(folder_);
    out_ = (folder_ / "tables.json").string();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static std::string read(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::size_t lines() const {
    const std::string text = read(out_ + ".journal");
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }
  /// Starts the sweep as a process of its own. file_limit: the largest file that it may write, in bytes; 0 for no
  /// limit.
  pid_t start(rlim_t file_limit = 0) const {
    std::string program = "/proc/self/exe", command = "tiny-sweep", out = out_, errors = out_ + ".stderr";
    char* const arguments[] = {program.data(), command.data(), out.data(), nullptr};
    const pid_t child = fork();
    if (child != 0) return child;
    if (file_limit > 0) {
      const rlimit limit{file_limit, file_limit};
      setrlimit(RLIMIT_FSIZE, &limit);
    }
    const int file = open(errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(file, 2);
    execv(arguments[0], arguments);
    _exit(127);
  }
  static int wait(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    return status;
  }
  static std::string expected() {
    SweepOptions options = killed_options();
    options.shard_what = "statistics";
    Listener listener;
    return deterministic_text(run_sweep(options, {}, listener, listener.cancel));
  }
  /// The journal without an unfinished last line.
  std::string whole_lines() const {
    std::string text = read(out_ + ".journal");
    text.resize(text.rfind('\n') + 1);
    return text;
  }
  bool timing() const { return std::filesystem::exists(out_ + ".timing"); }

  /// Starts the sweep, and kills it when the journal has `at` lines, or, with `while_timing`, while a process takes
  /// timings. False if the sweep ended before that.
  bool start_and_kill(std::size_t at, bool while_timing) const {
    const pid_t child = start();
    int status = 0;
    while (while_timing ? !timing() : lines() < at) {
      if (waitpid(child, &status, WNOHANG) == child) return false;
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
    kill(child, SIGKILL);
    return WIFSIGNALED(wait(child));
  }

  std::filesystem::path folder_;
  std::string out_;
};

/// How many sweeps are killed: 2, or 30 with DESCENT_SOAK=30.
int rounds() {
  const char* const text = std::getenv("DESCENT_SOAK");
  return text == nullptr ? 2 : std::atoi(text);
}

/// DESCENT_SOAK_SEED chooses other moments for the kills.
std::uint64_t seed() {
  const char* const text = std::getenv("DESCENT_SOAK_SEED");
  return text == nullptr ? 1 : static_cast<std::uint64_t>(std::atoll(text));
}

TEST_F(KilledSweep, LosesAndDoublesNothingAndEndsWithEqualTables) {
  const std::string whole = expected();
  ASSERT_EQ(wait(start()), 0) << read(out_ + ".stderr");
  const std::size_t all = lines();
  ASSERT_GT(all, 10U);
  int kills = 0, while_timing = 0;
  for (int round = 0; round < rounds(); ++round) {
    core::CounterRandom random(seed(), core::Purpose::order, static_cast<std::uint64_t>(round));
    std::filesystem::remove(out_ + ".journal");
    std::filesystem::remove(out_ + ".timing");
    std::filesystem::remove(out_);
    // The sweep is killed twice at random points, and then while a process takes timings.
    for (int attempt = 0; attempt < 3; ++attempt) {
      const std::string before = attempt == 0 ? "" : whole_lines();
      const std::size_t there = attempt == 0 ? 0 : lines();
      std::filesystem::remove(out_ + ".timing");  // the file that a killed sweep left
      const std::size_t at = there + 1 + random.next_below(static_cast<std::uint32_t>((all - there) / 2 + 1));
      const bool killed = start_and_kill(at, attempt == 2);
      kills += killed, while_timing += killed && attempt == 2;
      // The lines that were finished before have to stay, byte for byte.
      EXPECT_EQ(whole_lines().compare(0, before.size(), before), 0) << round << ' ' << attempt;
      if (attempt < 2 && killed) {
        EXPECT_GE(lines(), at);
      }
    }
    const std::string before = whole_lines();
    ASSERT_EQ(wait(start()), 0) << read(out_ + ".stderr");
    EXPECT_EQ(whole_lines().compare(0, before.size(), before), 0) << round;
    EXPECT_EQ(difference(read(out_), whole), "") << round;
    std::set<std::string> keys;
    std::ifstream journal(out_ + ".journal");
    std::string line;
    std::getline(journal, line);
    while (std::getline(journal, line)) {
      const nlohmann::json piece = nlohmann::json::parse(line);
      EXPECT_TRUE(keys.insert(piece["kind"].get<std::string>() + " " + piece["key"].get<std::string>()).second) << line;
    }
    for (const char* key : {"invocation 1", "invocation 2"}) EXPECT_TRUE(keys.contains(key)) << key;
  }
  EXPECT_GE(kills, 2 * rounds());  // the sweep was really killed that often
  EXPECT_GE(while_timing, (rounds() + 1) / 2);
}

TEST_F(KilledSweep, AFullDiskIsOneClearErrorAndLosesNothing) {
  const std::string whole = expected();
  ASSERT_EQ(wait(start()), 0) << read(out_ + ".stderr");
  const std::string journal = read(out_ + ".journal");
  const std::string timing = "\"kind\":\"invocation\"";
  const std::size_t first = journal.find(timing);
  ASSERT_NE(first, std::string::npos);
  // The disk is full once during the statistics, and once where the timings of the first process fit and those of the
  // second do not.
  for (const std::size_t begin : {std::size_t{0}, journal.find('\n', first) + 1}) {
    std::filesystem::remove(out_);
    std::ofstream(out_ + ".journal", std::ios::trunc) << journal.substr(0, begin);
    const int status = wait(start(begin == 0 ? 20000 : begin + 100));
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 2);
    const std::string error = read(out_ + ".stderr");
    EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 1) << error;
    EXPECT_NE(error.find("cannot be written"), std::string::npos) << error;
    EXPECT_NE(error.find("are kept"), std::string::npos) << error;
    const std::string kept = whole_lines();
    EXPECT_GT(std::count(kept.begin(), kept.end(), '\n'), 2);
    EXPECT_EQ(kept.compare(0, begin, journal, 0, begin), 0);
    ASSERT_EQ(wait(start()), 0) << read(out_ + ".stderr");
    const std::string resumed = whole_lines();
    EXPECT_EQ(resumed.compare(0, kept.size(), kept), 0);
    EXPECT_GT(resumed.size(), kept.size());
    EXPECT_EQ(difference(read(out_), whole), "");
  }
}

}  // namespace
}  // namespace descent::sweep
