#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "descent/core/aligned.hpp"

namespace descent::machine {

/// The first block of the share of `worker`, which it works on first in a phase. The share ends where the next worker's
/// begins.
constexpr std::size_t share_begin(std::size_t blocks, std::size_t worker, std::size_t workers) noexcept {
  return blocks * worker / workers;
}

/// What the workers of one run share: who has claimed which block of the current phase, and how many blocks are done.
/// Counters only grow, so that nobody waits for a worker that comes late or never.
class PhaseState {
 public:
  /// threads >= 1 workers; phases of at most `max_blocks` blocks.
  PhaseState(int threads, std::size_t max_blocks);
  void reset() noexcept;  ///< before each run, while no worker is inside

 private:
  friend class Worker;
  struct alignas(core::kCacheLineBytes) Counter {
    std::atomic<std::uint64_t> value{0};
  };
  std::vector<Counter> claimed_;  // per block: 1 + number of the last phase that claimed it
  std::vector<Counter> arrived_;  // per worker: 1 once it is inside the run
  Counter done_;                  // blocks finished since reset
};

/// One worker in a run. Every worker goes through the same sequence of phases, each of which has a number of blocks. A
/// phase ends when all its blocks are done, whichever worker did them; no phase waits for a worker. Within a phase a
/// worker first takes the blocks of its own contiguous share, so that their data stay in its cache. It takes a block of
/// another worker only if that worker has not arrived, or has not started the block for a while. Never allocates, locks
/// or sleeps; yields after a bounded number of spins.
class Worker {
 public:
  Worker(PhaseState& state, int index, int threads, int spins_before_yield) noexcept;

  int index() const noexcept { return index_; }
  int threads() const noexcept { return threads_; }
  std::uint64_t blocks_done() const noexcept { return blocks_done_; }

  /// Calls block(b) once for each b in [0, blocks), spread over the workers, and returns when all are done. Every
  /// worker then sees what the blocks wrote. `block` must not throw.
  template <class Block>
  void phase(std::size_t blocks, Block&& block) noexcept {
    if (threads_ == 1) {
      for (std::size_t b = 0; b < blocks; ++b) block(b);
      blocks_done_ += blocks;
      return;
    }
    begin(blocks);
    const auto workers = static_cast<std::size_t>(threads_), me = static_cast<std::size_t>(index_);
    std::uint64_t finished = 0;
    for (std::size_t b = share_begin(blocks, me, workers); b < share_begin(blocks, me + 1, workers); ++b)
      if (claim(b)) block(b), ++finished;
    finish(finished);
    while (!wait())
      for (std::size_t b = blocks; b-- > 0;)  // from the end: a slow owner reaches those blocks last
        if (may_take(b, blocks) && claim(b)) block(b), finish(1);
  }

 private:
  void begin(std::size_t blocks) noexcept { ++phase_, target_ += blocks, waits_ = 0; }
  bool claim(std::size_t block) noexcept;
  void finish(std::uint64_t blocks) noexcept;
  bool wait() noexcept;  // returns whether the phase is over; if not, spins a little
  bool may_take(std::size_t block, std::size_t blocks) const noexcept;  // its owner is absent, or late beyond the bound

  PhaseState& state_;
  int index_, threads_, spins_before_yield_;
  std::int64_t waits_ = 0;
  std::uint64_t phase_ = 0, target_ = 0, blocks_done_ = 0;
};

}  // namespace descent::machine
