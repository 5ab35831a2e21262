#include "descent/machine/team.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <limits>
#include <mutex>

#include "descent/core/error.hpp"
#include "descent/machine/denormals.hpp"
#include "descent/machine/topology.hpp"
#include "machine/backend.hpp"

namespace descent::machine {
namespace {

// Spins of about 40 ns: a worker yields its core after some 100 µs, or soon when there are more workers than cores.
constexpr int kSpinsBeforeYield = 2500;
constexpr int kSpinsWhenOversubscribed = 64;

// Debian's oneTBB compares and frees affinity masks of its own while its workers start, and the thread sanitizer
// reports that. With the sanitizer, the same protocol runs on std::thread instead.
#if defined(DESCENT_SANITIZE_THREAD)
constexpr bool kThreadSanitizer = true;
#else
constexpr bool kThreadSanitizer = false;
#endif

double seconds_of(clockid_t clock) noexcept {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

long involuntary_switches() noexcept {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nivcsw;
}

/// Binds the calling thread to a CPU while an object lives; the destructor restores the thread's former CPUs.
class Binding {
 public:
  explicit Binding(int cpu) noexcept {
    if (cpu < 0 || pthread_getaffinity_np(pthread_self(), sizeof before_, &before_) != 0) return;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(cpu), &one);
    bound_ = pthread_setaffinity_np(pthread_self(), sizeof one, &one) == 0;
  }
  bool failed(int cpu) const noexcept { return cpu >= 0 && !bound_; }
  Binding(const Binding&) = delete;
  Binding& operator=(const Binding&) = delete;
  ~Binding() {
    if (bound_) pthread_setaffinity_np(pthread_self(), sizeof before_, &before_);
  }

 private:
  cpu_set_t before_{};
  bool bound_ = false;
};

struct Achieved {  // what one worker of a run achieved
  std::uint64_t blocks = 0;
  int first_cpu = -1, last_cpu = -1, thread_number = 0;
  long switches = 0;
  bool unbound = false;
  double cpu_share = 1;  // share of its working time in which it had a CPU
  pthread_t thread{};
};

}  // namespace

struct Team::State {
  TeamOptions options;
  std::vector<int> cpus;
  PhaseState phases;
  int spins_before_yield;
  std::vector<Achieved> achieved;
  std::unique_ptr<Backend> backend;

  State(const TeamOptions& asked, const std::vector<Cpu>& usable)
      : options(asked),
        phases(asked.threads, kMaxBlocks),
        spins_before_yield(asked.threads > static_cast<int>(usable.size()) ? kSpinsWhenOversubscribed
                                                                           : kSpinsBeforeYield),
        achieved(static_cast<std::size_t>(asked.threads)) {
    if (asked.pin) cpus = place_workers(usable, asked.threads, asked.placement);
    if (asked.threads > 1)
      backend = asked.backend == TeamBackend::tbb && !kThreadSanitizer ? make_tbb_backend(asked.threads)
                                                                       : make_thread_backend(asked.threads);
  }

  void work(core::FunctionRef<void(Worker&)> body, int index) {
    static thread_local const int number = static_cast<int>(gettid());  // asked once a thread
    const auto i = static_cast<std::size_t>(index);
    const int cpu_wanted = cpus.empty() ? -1 : cpus[i];
    const Binding binding(cpu_wanted);
    const FlushDenormals flush;
    const long before = involuntary_switches();
    const double begin = seconds_of(CLOCK_MONOTONIC), cpu_begin = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    Achieved& mine = achieved[i];
    mine.unbound = binding.failed(cpu_wanted);
    mine.first_cpu = sched_getcpu();
    mine.thread = pthread_self();
    mine.thread_number = number;
    Worker worker(phases, index, options.threads, spins_before_yield);
    body(worker);
    mine.blocks = worker.blocks_done();
    mine.last_cpu = sched_getcpu();
    mine.switches = involuntary_switches() - before;
    const double cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID) - cpu_begin, wall = seconds_of(CLOCK_MONOTONIC) - begin;
    if (wall > 0) mine.cpu_share = std::min(1.0, cpu / wall);
  }
};

Team::Team(const TeamOptions& options) {
  if (options.threads < 1) throw core::UsageError(fmt::format("threads {}: expected at least 1", options.threads));
  const std::vector<Cpu> usable = usable_cpus();
  if (options.threads > static_cast<int>(usable.size()) && !options.oversubscribe)
    throw core::UsageError(fmt::format("threads {}: this process may use {} CPUs; give --oversubscribe to run anyway",
                                       options.threads, usable.size()));
  expect_threads(options.threads - 1);
  state_ = std::make_unique<State>(options, usable);
}

Team::~Team() = default;
int Team::threads() const noexcept { return state_->options.threads; }
const TeamOptions& Team::options() const noexcept { return state_->options; }
const std::vector<int>& Team::cpus() const noexcept { return state_->cpus; }

Participation Team::run(core::FunctionRef<void(Worker&)> body) {
  State& state = *state_;
  state.phases.reset();
  std::fill(state.achieved.begin(), state.achieved.end(), Achieved{});
  if (state.backend == nullptr) {
    state.work(body, 0);
  } else {
    struct Context {
      State& state;
      core::FunctionRef<void(Worker&)> body;
    } context{state, body};
    state.backend->run(
        [](void* erased, int index) {
          Context& mine = *static_cast<Context*>(erased);
          mine.state.work(mine.body, index);
        },
        &context);
  }
  Participation result;
  std::vector<pthread_t> threads;
  for (const Achieved& worker : state.achieved) {
    const bool worked = worker.blocks > 0;
    result.cpus.push_back(worked ? worker.last_cpu : -1);
    result.threads.push_back(worked ? worker.thread_number : 0);
    result.moved.push_back(worked && worker.first_cpu != worker.last_cpu);
    result.migrations += result.moved.back();
    result.switches.push_back(worker.switches);
    result.involuntary_switches += worker.switches;
    result.unbound += worker.unbound;
    if (worked) result.cpu_share = std::min(result.cpu_share, worker.cpu_share);
    // One thread may have been several workers, one after the other, if others came late.
    if (worked &&
        std::none_of(threads.begin(), threads.end(), [&](pthread_t t) { return pthread_equal(t, worker.thread); }))
      threads.push_back(worker.thread);
  }
  result.workers = static_cast<int>(threads.size());
  return result;
}

namespace {

/// Keeps the exception of the lowest place that threw one.
class FirstError {
 public:
  template <class Body>
  void guard(std::size_t place, Body&& body) noexcept {
    try {
      body();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (place < place_) error_ = std::current_exception(), place_ = place;
    }
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr error_;
  std::size_t place_ = std::numeric_limits<std::size_t>::max();
};

}  // namespace

void Team::for_each(std::size_t blocks, core::FunctionRef<void(std::size_t)> body) {
  std::atomic<std::size_t> next{0};
  FirstError error;
  run([&](Worker& worker) {
    // One block per worker: the thread that runs it takes items until none are left.
    worker.phase(static_cast<std::size_t>(worker.threads()), [&](std::size_t) {
      for (std::size_t block; (block = next.fetch_add(1, std::memory_order_relaxed)) < blocks;)
        error.guard(block, [&] { body(block); });
    });
  });
  error.rethrow();
}

// The body runs once for each index, on a thread that is bound to the CPU of that index. There is no phase here, since
// in a phase another worker might take over a share.
void Team::for_shares(std::size_t blocks, core::FunctionRef<void(int, std::size_t, std::size_t)> body) {
  FirstError error;
  run([&](Worker& worker) {
    const auto me = static_cast<std::size_t>(worker.index()), workers = static_cast<std::size_t>(worker.threads());
    error.guard(me,
                [&] { body(worker.index(), share_begin(blocks, me, workers), share_begin(blocks, me + 1, workers)); });
  });
  error.rethrow();
}

void expect_threads(int threads) {
  std::mutex gate;  // all threads exist at the same time, as they will in the library
  std::unique_lock closed(gate);
  std::vector<pthread_t> begun;
  int error = 0;
  while (error == 0 && static_cast<int>(begun.size()) < threads) {
    pthread_t thread{};
    error = pthread_create(
        &thread, nullptr,
        [](void* wait) -> void* {
          const std::lock_guard open(*static_cast<std::mutex*>(wait));
          return nullptr;
        },
        &gate);
    if (error == 0) begun.push_back(thread);
  }
  closed.unlock();
  for (const pthread_t thread : begun) pthread_join(thread, nullptr);
  if (error != 0)
    throw core::InputError(
        fmt::format("threads: found room for {} more ({}); expected room for {}: see ulimit -u, ulimit -v and "
                    "the limits of the control group",
                    begun.size(), std::strerror(error), threads));
}

int available_cpus() { return static_cast<int>(usable_cpus().size()); }

}  // namespace descent::machine
