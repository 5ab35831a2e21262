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
#include <functional>

#include "descent/core/error.hpp"
#include "descent/core/text.hpp"
#include "descent/sweep/sweep.hpp"
#include "sweep/journal/encode.hpp"

namespace descent::sweep {
namespace {

[[noreturn]] void fail(const std::string& path) {
  throw core::InputError(
      fmt::format("{}: cannot be written ({}); expected room on its disk", path, std::strerror(errno)));
}

/// Captures the standard error of a child process, so that its error becomes part of our one-line error.
class Errors {
 public:
  Errors() {
    if (pipe2(ends_, O_CLOEXEC | O_NONBLOCK) != 0) ends_[0] = ends_[1] = -1;
  }
  Errors(const Errors&) = delete;
  Errors& operator=(const Errors&) = delete;
  ~Errors() {
    for (const int end : ends_)
      if (end >= 0) close(end);
  }
  int writing_end() const { return ends_[1]; }
  void read_what_is_there() {
    char buffer[4096];
    for (ssize_t got; ends_[0] >= 0 && (got = read(ends_[0], buffer, sizeof buffer)) > 0;)
      text_.append(buffer, static_cast<std::size_t>(got));
  }
  /// The last line, without the program's name.
  std::string last_line() const {
    std::string text(core::trim(text_));
    text.erase(0, text.rfind('\n') + 1);
    const std::size_t name = text.find(": ");
    return text.rfind("descent: ", 0) == 0 ? text.substr(name + 2) : text;
  }

 private:
  int ends_[2] = {-1, -1};
  std::string text_;
};

/// Starts this program again with an order. Between fork and exec there are only calls that are safe after fork.
pid_t start(const std::string& order_path, int errors) {
  std::string program = "/proc/self/exe", argument = kTimingArgument, path = order_path;
  char* const arguments[] = {program.data(), argument.data(), path.data(), nullptr};
  const pid_t parent = getpid(), child = fork();
  if (child < 0)
    throw core::InputError(
        fmt::format("timing process: cannot be started ({}); expected room for one more process, "
                    "see ulimit -u, ulimit -v and the limits of the control group",
                    std::strerror(errno)));
  if (child > 0) return child;
  if (errors >= 0) dup2(errors, STDERR_FILENO);
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // if the sweep is killed, its child must not go on and load the machine
  if (getppid() != parent) _exit(127);
  execv(arguments[0], arguments);
  _exit(127);
}

/// The exit status; waits in short naps so that a cancelled sweep can end the process.
int wait_for(pid_t child, Errors& errors, const std::function<bool()>& has_to_stop) {
  const timespec nap{0, 20'000'000};
  bool told = false;
  for (int status = 0;;) {
    const pid_t ended = waitpid(child, &status, WNOHANG);
    errors.read_what_is_there();
    if (ended == child) return status;
    if (ended < 0 && errno != EINTR) return -1;
    if (!told && has_to_stop()) told = kill(child, SIGTERM) == 0;
    nanosleep(&nap, nullptr);
  }
}

}  // namespace

TimingResult run_in_process(const TimingOrder& order, const std::string& order_path,
                            const std::function<bool()>& has_to_stop) {
  struct Removal {
    const std::string& path;
    ~Removal() { std::remove(path.c_str()); }
  } const removal{order_path};
  {
    std::ofstream file(order_path, std::ios::trunc);
    file << encode(order) << '\n';
    if (!file.flush()) fail(order_path);
  }
  Errors errors;
  const int status = wait_for(start(order_path, errors.writing_end()), errors, has_to_stop);
  if (status != 0 && has_to_stop()) throw Stopped{};
  if (status != 0) {
    const std::string said = errors.last_line();
    throw core::InputError(fmt::format("timing process {}: found {} {}; expected exit status 0{}{}", order.invocation,
                                       WIFSIGNALED(status) ? "signal" : "exit status",
                                       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
                                       said.empty() ? "" : "; it said: ", said));
  }
  std::ifstream file(order_path);
  std::string line;
  std::getline(file, line);  // the order
  std::getline(file, line);
  std::optional<TimingResult> result = decode_object<TimingResult>(line);
  if (!result)
    throw core::InputError(
        fmt::format("{}: found no samples; expected those of process {}", order_path, order.invocation));
  return std::move(*result);
}

int run_timing_invocation(const std::string& order_path) {
  std::ifstream file(order_path);
  std::string line;
  std::getline(file, line);
  const std::optional<TimingOrder> read = decode_object<TimingOrder>(line);
  if (!read)
    throw core::InputError(fmt::format("{}: found no timing order; expected one that a sweep wrote", order_path));
  const TimingOrder& order = *read;
  const data::Split data = load_inputs(order.data, order.load);
  if (data.training.content_hash != order.content_hash)
    throw core::InputError(fmt::format("{}: the data have changed: found {}, expected {}", order.data,
                                       data.training.content_hash, order.content_hash));
  const std::atomic<bool> never{false};
  const TimingResult result = take_timings(order, data, never);
  std::ofstream out(order_path, std::ios::app);
  out << encode(result) << '\n';
  if (!out.flush()) fail(order_path);
  return 0;
}

}  // namespace descent::sweep
