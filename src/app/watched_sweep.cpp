#include "app/watched_sweep.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <iostream>

#include "app/commands.hpp"
#include "app/progress.hpp"
#include "descent/core/text.hpp"

namespace descent::app {
namespace {

std::atomic<bool> cancelled{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

void listen_to_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { cancelled.store(true, std::memory_order_relaxed); };
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGXCPU}) {
    // A second signal ends the process, except for SIGXCPU: the kernel repeats it while the report is written.
    action.sa_flags = (signal == SIGXCPU ? 0 : SA_RESETHAND) | SA_RESTART;
    struct sigaction before {};
    // Who ignores the end of a terminal's session from the start, as nohup does, wants to go on.
    const bool ignored = sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_IGN;
    if (signal != SIGHUP || !ignored) sigaction(signal, &action, nullptr);
  }
}

Progress::Look look_of_terminal() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20;
  return {moves_cursor(STDERR_FILENO), known ? size.ws_col : std::size_t{80}};
}

}  // namespace

record::Report watched_sweep(
    const std::function<record::Report(sweep::SweepObserver&, const std::atomic<bool>&)>& sweep, bool quiet) {
  listen_to_signals();
  // Where nobody reads the progress any longer, as where the pipe's other end was `head`, the sweep goes on.
  std::signal(SIGPIPE, SIG_IGN);
  if (quiet) {
    struct WarningsOnly : sweep::SweepObserver {
      void warn(const std::string& text) override { std::cerr << "warning: " << core::printable(text) << std::endl; }
    } silent;
    return sweep(silent, cancelled);
  }
  Progress progress(std::cerr, look_of_terminal(), [] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  });
  struct Finish {
    Progress& progress;
    ~Finish() { progress.finish(); }
  } finish{progress};
  return sweep(progress, cancelled);
}

record::Report watched_sweep(const sweep::SweepOptions& options, const std::vector<std::string>& command, bool quiet) {
  return watched_sweep(
      [&](sweep::SweepObserver& observer, const std::atomic<bool>& cancel) {
        return sweep::run_sweep(options, command, observer, cancel);
      },
      quiet);
}

bool interrupted() { return cancelled; }

}  // namespace descent::app
