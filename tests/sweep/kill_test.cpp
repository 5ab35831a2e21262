#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "descent/core/random.hpp"
#include "sweep/deterministic.hpp"
#include "sweep/tiny.hpp"

namespace descent {
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
  /// Starts the sweep as a program of its own; file_limit: bytes that a file may have, 0 for any.
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
    Listener listener;
    return deterministic_text(run_sweep(tiny_options(), {}, listener, listener.cancel));
  }

  std::filesystem::path folder_;
  std::string out_;
};

/// DESCENT_SOAK=30 kills thirty times.
int rounds() {
  const char* const text = std::getenv("DESCENT_SOAK");
  return text == nullptr ? 3 : std::atoi(text);
}

TEST_F(KilledSweep, LosesAndDoublesNothingAndEndsWithEqualTables) {
  const std::string whole = expected();
  CounterRandom random(1, Purpose::order);
  for (int round = 0; round < rounds(); ++round) {
    std::filesystem::remove(out_ + ".journal");
    std::filesystem::remove(out_);
    for (int kills = 0; kills < 3; ++kills) {
      const std::size_t at = lines() + 1 + random.next_below(40);
      const pid_t child = start();
      int status = 0;
      bool ended = false;
      while (!ended && lines() < at) {
        ended = waitpid(child, &status, WNOHANG) == child;
        sched_yield();
      }
      if (ended) break;
      kill(child, SIGKILL);
      wait(child);
    }
    ASSERT_EQ(wait(start()), 0) << read(out_ + ".stderr");
    EXPECT_EQ(difference(read(out_), whole), "") << round;
    std::set<std::string> keys;
    std::ifstream journal(out_ + ".journal");
    std::string line;
    std::getline(journal, line);
    while (std::getline(journal, line)) {
      const nlohmann::json piece = nlohmann::json::parse(line);
      EXPECT_TRUE(keys.insert(piece["kind"].get<std::string>() + " " + piece["key"].get<std::string>()).second) << line;
    }
  }
}

TEST_F(KilledSweep, AFullDiskIsOneClearErrorAndLosesNothing) {
  const std::string whole = expected();
  const int status = wait(start(20000));
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 2);
  const std::string error = read(out_ + ".stderr");
  EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 1) << error;
  EXPECT_NE(error.find("cannot be written"), std::string::npos) << error;
  EXPECT_NE(error.find("are kept"), std::string::npos) << error;
  const std::size_t kept = lines();
  EXPECT_GT(kept, 2U);
  ASSERT_EQ(wait(start()), 0) << read(out_ + ".stderr");
  EXPECT_GT(lines(), kept);
  EXPECT_EQ(difference(read(out_), whole), "");
}

}  // namespace
}  // namespace descent
