#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "descent/core/function_ref.hpp"
#include "descent/machine/phases.hpp"

namespace descent::machine {

enum class Placement { compact, spread };  ///< fill one socket first, or deal round the sockets
enum class TeamBackend {
  tbb,
  std_thread
};  ///< std_thread: the same protocol where the thread sanitizer sees every thread

struct TeamOptions {
  int threads = 1;  ///< >= 1
  bool pin = true;  ///< bind each worker to a core of its own through hwloc; distinct cores first
  Placement placement = Placement::compact;
  bool oversubscribe = false;  ///< allow more threads than the process may use; else UsageError
  TeamBackend backend = TeamBackend::tbb;
};

/// What one run of a team achieved, not what was asked for.
struct Participation {
  int workers = 0;         ///< distinct threads that did at least one block
  std::vector<int> cpus;   ///< logical CPU each worker ended on, in worker order; -1 for one that did not take part
  int migrations = 0;      ///< workers whose CPU at the end was not the one at the start
  std::vector<int> moved;  ///< 1 for each of those, in worker order
  long involuntary_switches = 0;  ///< summed over the workers, during the run
  std::vector<long> switches;     ///< by worker
  int unbound = 0;                ///< workers that were to be bound to a CPU and could not be
  double cpu_share =
      1;  ///< least share of the run's seconds that a worker had a CPU: below 1, something else ran there
};

/// At most `threads` workers inside one oneTBB arena (or std::threads). The only way this program runs in parallel,
/// apart from OpenBLAS's own threads. Not reentrant: one run at a time.
class Team {
 public:
  /// Phases of at most this many blocks.
  static constexpr std::size_t kMaxBlocks = 1024;

  /// Throws UsageError when more threads are asked for than the process may use, unless oversubscribe; InputError where
  /// the system does not let so many begin.
  explicit Team(const TeamOptions& options);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int threads() const noexcept;
  const TeamOptions& options() const noexcept;
  /// The logical CPUs that workers are bound to, in worker order; empty when not pinned.
  const std::vector<int>& cpus() const noexcept;

  /// Calls body(worker) on up to threads() threads at once and waits. The arena's workers stay inside for the whole
  /// call. `body` must not throw. Every worker must walk the same phases.
  Participation run(core::FunctionRef<void(Worker&)> body);

  /// body(block) for each block in [0, blocks), for code that is not in a hurry. May throw: the exception of the lowest
  /// block is rethrown after all blocks ended. Blocks may be any number.
  void for_each(std::size_t blocks, core::FunctionRef<void(std::size_t)> body);

  /// body(worker, begin, end) for every worker's own share [begin, end) of `blocks` blocks (share_begin()), empty ones
  /// too, on the CPU that the worker is bound to, however late its thread comes: pages that the body is the first to
  /// write come to lie in the memory near that CPU. May throw: the exception of the lowest worker is rethrown.
  void for_shares(std::size_t blocks, core::FunctionRef<void(int, std::size_t, std::size_t)> body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Throws InputError, with their number, unless `threads` more can begin now: limits on processes (ulimit -u, a control
/// group) and on memory for their stacks count. Libraries that start threads end the process or wait for ever instead.
void expect_threads(int threads);

/// Logical CPUs this process may use (cpuset and affinity respected).
int available_cpus();

}  // namespace descent::machine
