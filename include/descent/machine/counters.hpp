#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace descent::machine {

/// What a processor counts while a thread runs, outside the kernel.
enum class Counter : std::uint8_t { cycles, instructions, l2_misses, l3_misses };
inline constexpr std::size_t kCounters = 4;
std::string_view counter_name(Counter counter) noexcept;

/// A value for each counter.
template <class T>
using ByCounter = std::array<T, kCounters>;

/// By which event of the processor a counter is taken; or the reason, one line, why it cannot be taken here.
struct CounterEvent {
  std::string event, reason;
  bool operator==(const CounterEvent&) const = default;
};

/// Which counters cannot be taken, and why, in one line; "" if all can.
std::string refused_counters(const ByCounter<CounterEvent>& events);

/// The counts of one thread since they were begun; empty where there is none. A processor has few registers to count
/// with. If more is to be counted, by other programs too, it counts a part of the time only: `counted_ns` of the
/// `running_ns` in which the thread ran.
struct RawCounts {
  ByCounter<std::optional<std::uint64_t>> counts;
  std::uint64_t running_ns = 0, counted_ns = 0;
};

/// Counts what one thread does while the object lives.
class ThreadCounters {
 public:
  virtual ~ThreadCounters() = default;
  virtual RawCounts read() = 0;
};

/// Where counts come from. Tests use one of their own.
class CounterSource {
 public:
  virtual ~CounterSource() = default;
  virtual const ByCounter<CounterEvent>& events() const noexcept = 0;
  /// Begins to count a thread of this process; null if nothing can be counted.
  virtual std::unique_ptr<ThreadCounters> open(int thread) = 0;
  /// The threads of this process, as the system numbers them.
  virtual std::vector<int> threads() const = 0;
};
/// The processor's own counters, by Linux's perf_event_open(). Which there are is found out once, in the first call.
CounterSource& processor_counters();

/// What one thread did in a stretch, scaled to the whole of it where it was counted a part of the time; empty where it
/// was not counted.
struct ThreadCounts {
  ByCounter<std::optional<double>> counts;
  double counted_share = 1;  ///< of the time that the thread ran
};
using CountsOfThreads = std::map<int, ThreadCounts>;  ///< by the system's number of the thread

/// Counts what all threads of this process do between begin() and end(). Both read the counters from outside, so that
/// the threads do nothing for it: the stretch itself costs nothing. A thread that starts in between is not counted.
class ProcessCounters {
 public:
  explicit ProcessCounters(CounterSource& source) : source_(source) {}
  const ByCounter<CounterEvent>& events() const noexcept { return source_.events(); }
  void begin();
  CountsOfThreads end();

 private:
  struct Counted {
    std::unique_ptr<ThreadCounters> counters;
    RawCounts before;
  };
  CounterSource& source_;
  std::map<int, Counted> threads_;
};

/// The counts of each worker. `threads`: the thread of each worker (Participation::threads), 0 for one that did not
/// take part and has no counts then. If it is empty, the threads belong to a library: those that ran longest stand for
/// them, at most `workers` of them.
std::vector<ThreadCounts> counts_of_workers(const CountsOfThreads& counts, const std::vector<int>& threads,
                                            int workers);

}  // namespace descent::machine
