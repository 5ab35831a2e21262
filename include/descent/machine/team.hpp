#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "descent/core/function_ref.hpp"
#include "descent/machine/phases.hpp"

namespace descent::machine {

enum class Placement { compact, spread };  ///< fill one socket first, or spread over the sockets in turn
enum class TeamBackend {
  tbb,
  std_thread
};  ///< std_thread: the same protocol, for the thread sanitizer, which cannot see into oneTBB

struct TeamOptions {
  int threads = 1;  ///< >= 1
  bool pin = true;  ///< bind each worker to a core of its own through hwloc; distinct cores first
  Placement placement = Placement::compact;
  bool oversubscribe = false;  ///< allow more threads than the process may use; else UsageError
  TeamBackend backend = TeamBackend::tbb;
};

/// What one run of a team achieved, not what was asked for.
struct Participation {
  int workers = 0;  ///< distinct threads that did at least one block
  /// logical CPU on which each worker ended, in worker order; -1 for a worker that did not take part
  std::vector<int> cpus;
  std::vector<int> threads;       ///< the thread of each worker, as the system numbers it; 0 likewise
  int migrations = 0;             ///< workers that ended on another CPU than they started on
  std::vector<int> moved;         ///< by worker: 1 if it ended on another CPU, else 0
  long involuntary_switches = 0;  ///< summed over the workers, during the run
  std::vector<long> switches;     ///< by worker
  int unbound = 0;                ///< workers that could not be bound to their CPU
  double cpu_share =
      1;  ///< smallest share of the run's time in which a worker had a CPU; below 1, something else ran on that CPU
};

/// At most `threads` workers inside one oneTBB arena (or std::threads). All parallel work of this program goes through
/// a team, except OpenBLAS's own threads. Not reentrant: one run at a time.
class Team {
 public:
  /// The largest number of blocks in a phase.
  static constexpr std::size_t kMaxBlocks = 1024;

  /// Throws UsageError when more threads are asked for than the process may use, unless oversubscribe; InputError if
  /// the system cannot start so many.
  explicit Team(const TeamOptions& options);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int threads() const noexcept;
  const TeamOptions& options() const noexcept;
  /// The logical CPUs that workers are bound to, in worker order; empty when not pinned.
  const std::vector<int>& cpus() const noexcept;

  /// Calls body(worker) on up to threads() threads at once and waits. The arena's workers stay inside for the whole
  /// call. `body` must not throw, and every worker must go through the same phases.
  Participation run(core::FunctionRef<void(Worker&)> body);

  /// Calls body(block) for each block in [0, blocks), for code that need not be fast. `body` may throw: after all
  /// blocks have ended, the exception of the lowest block is rethrown. `blocks` may exceed kMaxBlocks.
  void for_each(std::size_t blocks, core::FunctionRef<void(std::size_t)> body);

  /// Calls body(worker, begin, end) for every worker's own share [begin, end) of `blocks` blocks (share_begin()), even
  /// an empty one. Each call runs on the CPU that its worker is bound to, so that pages which `body` is the first to
  /// write are placed in the memory near that CPU. `body` may throw: the exception of the lowest worker is rethrown.
  void for_shares(std::size_t blocks, core::FunctionRef<void(int, std::size_t, std::size_t)> body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Throws InputError, with the number, unless `threads` more threads can begin now, within the limits on processes
/// (ulimit -u, a control group) and on memory for stacks. Call it before a library starts threads: if it cannot, the
/// library may end the process or wait for ever.
void expect_threads(int threads);

/// Logical CPUs this process may use (cpuset and affinity respected).
int available_cpus();

}  // namespace descent::machine
