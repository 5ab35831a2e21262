#include "descent/core/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <ctime>

#include "descent/core/error.hpp"

namespace descent::core {
namespace {

// A run with timings opens five files at once; hwloc and Google Benchmark open a few more.
constexpr int kFewestFiles = 12;
// A run crashed with a stack of 64 KiB, and went through with 96.
constexpr rlim_t kLeastStackBytes = 128 << 10;

void expect_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  int free = 0;
  for (rlim_t number = 0; number < limit.rlim_cur && free < kFewestFiles; ++number)
    free += fcntl(static_cast<int>(number), F_GETFD) < 0 && errno == EBADF;
  if (free < kFewestFiles)
    throw InputError(
        fmt::format("open files: found room for {} more; expected room for {}, see ulimit -n", free, kFewestFiles));
}

void expect_stack() {
  rlimit limit{};
  if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < kLeastStackBytes)
    throw InputError(fmt::format("stack: found a limit of {} KiB; expected {} KiB or more, see ulimit -s",
                                 limit.rlim_cur >> 10, kLeastStackBytes >> 10));
}

/// A timer of the processor time of all threads. Its signal leaves a fifth of the time, from 0.5 to 10 seconds, to
/// write what there is.
void signal_before_processor_limit() {
  const std::optional<double> seconds = processor_seconds_allowed();
  if (!seconds) return;
  const double first = *seconds - std::clamp(0.2 * *seconds, 0.5, 10.0);
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGXCPU;
  timer_t timer{};
  if (timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) != 0) return;  // then the kernel ends the process
  itimerspec when{};
  when.it_value.tv_sec = static_cast<time_t>(first);
  when.it_value.tv_nsec = static_cast<long>(1e9 * (first - std::floor(first)));
  timer_settime(timer, 0, &when, nullptr);
}

}  // namespace

std::optional<double> processor_seconds_allowed() {
  rlimit limit{};
  if (getrlimit(RLIMIT_CPU, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return std::max(1.0, static_cast<double>(limit.rlim_cur));  // Linux takes 0 for 1
}

const char* const kProcessorTimeUsedUp =
    "processor time: found the limit of this process nearly used up; expected more, see ulimit -t\n";

void prepare_process(void (*at_processor_limit)(int signal)) {
  std::signal(SIGXFSZ, SIG_IGN);
  struct sigaction action {};
  action.sa_handler = at_processor_limit;
  action.sa_flags = SA_RESTART;
  sigaction(SIGXCPU, &action, nullptr);
  expect_files();
  expect_stack();
  signal_before_processor_limit();
}

}  // namespace descent::core
