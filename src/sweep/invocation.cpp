#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>

#include "descent/core/error.hpp"
#include "descent/sweep/sweep.hpp"
#include "sweep/encode.hpp"

namespace descent {
namespace {

using Json = nlohmann::json;

[[noreturn]] void fail(const std::string& path, const char* what) {
  throw InputError(fmt::format("{}: cannot be {} ({})", path, what, std::strerror(errno)));
}

/// Starts this program again on an order. Only calls that are safe after fork stand between fork and exec.
pid_t start(const std::string& order_path) {
  std::string program = "/proc/self/exe", argument = kTimingArgument, path = order_path;
  char* const arguments[] = {program.data(), argument.data(), path.data(), nullptr};
  const pid_t parent = getpid(), child = fork();
  if (child < 0) fail(order_path, "given to a process");
  if (child > 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a killed sweep leaves no process behind that would load the machine
  if (getppid() != parent) _exit(127);
  execv(arguments[0], arguments);
  _exit(127);
}

/// The exit status; waits in short naps so that a cancelled sweep can end the process.
int wait_for(pid_t child, const std::atomic<bool>& cancel) {
  const timespec nap{0, 20'000'000};
  bool told = false;
  for (int status = 0;;) {
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) return status;
    if (ended < 0 && errno != EINTR) return -1;
    if (cancel && !told) told = kill(child, SIGTERM) == 0;
    nanosleep(&nap, nullptr);
  }
}

}  // namespace

TimingResult run_in_process(const TimingOrder& order, const std::string& order_path, const std::atomic<bool>& cancel) {
  struct Removal {
    const std::string& path;
    ~Removal() { std::remove(path.c_str()); }
  } const removal{order_path};
  {
    std::ofstream file(order_path, std::ios::trunc);
    file << encode(order).dump() << '\n';
    if (!file.flush()) fail(order_path, "written");
  }
  const int status = wait_for(start(order_path), cancel);
  if (cancel) throw Stopped{};
  if (status != 0)
    throw InputError(fmt::format("timing process {}: found {} {}; expected exit status 0", order.invocation,
                                 WIFSIGNALED(status) ? "signal" : "exit status",
                                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)));
  std::ifstream file(order_path);
  std::string line;
  std::getline(file, line);  // the order
  const Json result = std::getline(file, line) ? Json::parse(line, nullptr, false) : Json();
  if (!result.is_object())
    throw InputError(fmt::format("{}: found no samples; expected those of process {}", order_path, order.invocation));
  return decode<TimingResult>(result);
}

int run_timing_invocation(const std::string& order_path) {
  std::ifstream file(order_path);
  std::string line;
  const Json json = std::getline(file, line) ? Json::parse(line, nullptr, false) : Json();
  if (!json.is_object())
    throw InputError(fmt::format("{}: found no timing order; expected one that a sweep wrote", order_path));
  const TimingOrder order = decode<TimingOrder>(json);
  const Split data = load(order.data, order.load);
  if (data.training.content_hash != order.content_hash)
    throw InputError(fmt::format("{}: the data have changed: found {}, expected {}", order.data,
                                 data.training.content_hash, order.content_hash));
  const std::atomic<bool> never{false};
  const TimingResult result = take_timings(order, data, never);
  std::ofstream out(order_path, std::ios::app);
  out << encode(result).dump() << '\n';
  if (!out.flush()) fail(order_path, "written");
  return 0;
}

}  // namespace descent
