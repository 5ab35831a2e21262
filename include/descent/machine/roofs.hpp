#pragma once

#include "descent/machine/team.hpp"
#include "descent/record/tables.hpp"

namespace descent::machine {

/// Measures the roofs at team.threads() threads within about `seconds`: read bandwidth from memory, L3 and L2, float32
/// multiply-add peak, and the time of one phase with a block per worker. `sgemm_gflop_per_s` is left to a room that has
/// a BLAS.
record::Roof measure_roofs(Team& team, double seconds);

// The probes by themselves, per call; for benchmarks and sentinels.
double fma_probe_gflop_per_s(Team& team, double seconds);
double read_probe_gb_per_s(Team& team, std::size_t bytes_per_worker, double seconds);
double join_probe_us(Team& team, double seconds);

/// Three short fixed kernels (about 0.3 ms each) in the calling thread; seconds each. Beside every timing sample.
struct SentinelTimes {
  double fma_seconds, cache_seconds, memory_seconds;
};
SentinelTimes run_sentinels();

}  // namespace descent::machine
