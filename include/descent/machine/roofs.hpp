#pragma once

#include "descent/machine/team.hpp"
#include "descent/record/tables.hpp"

namespace descent::machine {

/// Bytes that the probe of the memory's bandwidth reads, all workers together: far more than the L3 cache holds, or
/// what there is of memory, where the figure may be that of a cache.
struct MemoryWindow {
  std::size_t wanted, taken;
};
MemoryWindow memory_window();

/// In haste a budget is to be kept: smaller windows and fewer repetitions, whatever they tell.
enum class Haste { no, yes };

/// Measures the roofs at team.threads() threads within about `seconds`: read bandwidth from memory, L3 and L2, float32
/// multiply-add peak, and the time of one phase with a block per worker. `sgemm_gflop_per_s` is left to a room that has
/// a BLAS.
record::Roof measure_roofs(Team& team, double seconds, Haste haste = Haste::no);

// The probes by themselves, per call; for benchmarks and sentinels.
double fma_probe_gflop_per_s(Team& team, double seconds, Haste haste = Haste::no);
double read_probe_gb_per_s(Team& team, std::size_t bytes_per_worker, double seconds, Haste haste = Haste::no);
double join_probe_us(Team& team, double seconds, Haste haste = Haste::no);

/// Three short fixed kernels (about 0.3 ms each) in the calling thread; seconds each. Beside every timing sample.
struct SentinelTimes {
  double fma_seconds, cache_seconds, memory_seconds;
};
SentinelTimes run_sentinels();

}  // namespace descent::machine
