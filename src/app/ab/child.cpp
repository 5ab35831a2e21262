#include "app/ab/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <memory>
#include <utility>

#include "descent/core/error.hpp"
#include "descent/core/text.hpp"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX declares it nowhere

namespace descent::app {
namespace {

constexpr std::size_t kMostOutput = std::size_t{64} << 20, kMostErrors = std::size_t{64} << 10;  // bytes

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() {
    if (pipe2(ends, O_CLOEXEC) != 0)
      throw core::InputError(fmt::format("a pipe for a command: cannot be made ({}); expected room for two more files",
                                         std::strerror(errno)));
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    for (const int end : ends)
      if (end >= 0) close(end);
  }
  void close_writing_end() { close(std::exchange(ends[1], -1)); }
};

// The command that is running, for the handler of signals.
std::atomic<pid_t> running{0};
static_assert(std::atomic<pid_t>::is_always_lock_free, "a signal handler reads it");

/// Ends the command's group, and then this process as the signal would have.
void end_both(int signal) {
  if (const pid_t group = running; group > 0) kill(-group, SIGKILL);
  std::signal(signal, SIG_DFL);
  raise(signal);
}

void listen_to_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {};
    if (sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_DFL) std::signal(signal, end_both);
  }
}

/// A running command, in a group of its own. No part of the group stays where it is left before its end.
class Child {
 public:
  Child(const std::vector<std::string>& command, int out, int err) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setpgroup(&attributes, 0);
    sigset_t usual;  // what this program ignores for itself
    sigemptyset(&usual);
    sigaddset(&usual, SIGXFSZ);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    std::vector<char*> words;
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    const int error = posix_spawnp(&id_, words[0], &actions, &attributes, words.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
      throw core::InputError(fmt::format(
          "{}: cannot be started ({}); expected {}", command.front(), std::strerror(error),
          error == EAGAIN || error == ENOMEM ? "room for one more process, see ulimit -u and ulimit -v" : "a program"));
    running = id_;
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (id_ == 0) return;
    kill(-id_, SIGKILL);
    wait();
  }
  /// Its status, as waitpid() has it.
  int wait() {
    int status = 0;
    while (waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    running = 0;
    id_ = 0;
    return status;
  }

 private:
  pid_t id_ = 0;
};

struct Stream {
  std::string text;
  bool keeps = true;
};

/// Reads both until their ends, as they come: a child that fills one would wait for ever. Of the errors the last bytes
/// are kept. Throws OutOfTime.
void read_all(const std::string& place, int out, Stream& output, int err, Stream& errors, double end) {
  pollfd files[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
  Stream* const streams[2] = {&output, &errors};
  constexpr std::size_t kChunk = 1 << 16;
  const auto buffer = std::make_unique<char[]>(kChunk);
  for (int open = 2; open > 0;) {
    const double left = end - seconds_now();
    if (left <= 0) throw OutOfTime{};
    constexpr double most = 1e6;  // milliseconds: what poll() takes is an int
    if (poll(files, 2, static_cast<int>(std::ceil(std::min(1e3 * left, most)))) < 0 && errno != EINTR) return;
    for (int i = 0; i < 2; ++i) {
      if (files[i].fd < 0 || files[i].revents == 0) continue;
      const ssize_t got = read(files[i].fd, buffer.get(), kChunk);
      if (got > 0 && streams[i]->keeps)
        streams[i]->text.append(buffer.get(), static_cast<std::size_t>(got));
      else if (got == 0 || (got < 0 && errno != EINTR))
        files[i].fd = -1, --open;
    }
    if (output.text.size() > kMostOutput)
      throw core::InputError(
          fmt::format("{}: found more than {} MB of output; expected less", place, kMostOutput >> 20));
    if (errors.text.size() > 2 * kMostErrors) errors.text.erase(0, errors.text.size() - kMostErrors);
  }
}

std::string last_line(const std::string& text) {
  const std::string_view trimmed = core::trim(text);
  return std::string(trimmed.substr(trimmed.rfind('\n') + 1));
}

}  // namespace

ChildRun run_child(const std::vector<std::string>& command, const ChildLimits& limits) {
  listen_to_signals();
  Pipe out, err;
  const double begin = seconds_now();
  Child child(command, out.ends[1], err.ends[1]);
  out.close_writing_end(), err.close_writing_end();
  Stream output{"", limits.keeps_output}, errors;
  read_all(command.front(), out.ends[0], output, err.ends[0], errors, begin + limits.seconds);
  const int status = child.wait();
  if (status != 0)
    throw core::InputError(fmt::format("{}: found {} {}; expected exit status 0{}{}", command.front(),
                                       WIFSIGNALED(status) ? "signal" : "exit status",
                                       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
                                       errors.text.empty() ? "" : "; it said: ", last_line(errors.text)));
  return {std::move(output.text), seconds_now() - begin};
}

}  // namespace descent::app
