#include "descent/machine/phases.hpp"

#include <sched.h>

#include <cstddef>

namespace descent::machine {
namespace {

constexpr int kSpinsPerWait = 64;
// A worker may take another's blocks after this many waits (some 80 µs of spinning). This is long compared with the
// differences between workers that run at the same time, and short compared with the time slice for which a worker may
// lose its core.
constexpr int kWaitsBeforeTaking = 32;

inline void pause_briefly() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

PhaseState::PhaseState(int threads, std::size_t max_blocks)
    : claimed_(max_blocks), arrived_(static_cast<std::size_t>(threads)) {}

void PhaseState::reset() noexcept {
  for (Counter& counter : claimed_) counter.value.store(0, std::memory_order_relaxed);
  for (Counter& counter : arrived_) counter.value.store(0, std::memory_order_relaxed);
  done_.value.store(0, std::memory_order_release);
}

Worker::Worker(PhaseState& state, int index, int threads, int spins_before_yield) noexcept
    : state_(state), index_(index), threads_(threads), spins_before_yield_(spins_before_yield) {
  state_.arrived_[static_cast<std::size_t>(index)].value.store(1, std::memory_order_release);
}

// A block's counter holds the last phase that claimed it. Phase numbers only grow. So a worker that is behind finds the
// counter at its own phase or a later one, and leaves the block alone; and no two workers can claim a block for the
// same phase.
bool Worker::claim(std::size_t block) noexcept {
  std::atomic<std::uint64_t>& claimed = state_.claimed_[block].value;
  std::uint64_t last = claimed.load(std::memory_order_relaxed);
  return last < phase_ && claimed.compare_exchange_strong(last, phase_, std::memory_order_relaxed);
}

// Acquire-release: a worker that adds to done_ makes visible what all workers before it wrote.
void Worker::finish(std::uint64_t blocks) noexcept {
  if (blocks == 0) return;
  blocks_done_ += blocks;
  state_.done_.value.fetch_add(blocks, std::memory_order_acq_rel);
}

bool Worker::wait() noexcept {
  for (int spin = 0; spin < kSpinsPerWait; ++spin) {
    if (state_.done_.value.load(std::memory_order_acquire) >= target_) return true;
    pause_briefly();
  }
  if (++waits_ * kSpinsPerWait > spins_before_yield_) sched_yield();
  return false;
}

bool Worker::may_take(std::size_t block, std::size_t blocks) const noexcept {
  if (waits_ > kWaitsBeforeTaking || waits_ * kSpinsPerWait > spins_before_yield_) return true;
  // The owner is the worker whose share, by share_begin(), holds the block.
  const auto threads = static_cast<std::size_t>(threads_);
  const std::size_t owner = ((block + 1) * threads - 1) / blocks;
  return state_.arrived_[owner].value.load(std::memory_order_relaxed) == 0;
}

}  // namespace descent::machine
