#pragma once

#include <cstddef>
#include <optional>

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
/// and 8-bit multiply-add peaks, how far reading and arithmetic overlap (not in haste), and the time of one phase with
/// a block per worker. `sgemm_gflop_per_s` is left to a room that has a BLAS.
record::Roof measure_roofs(Team& team, double seconds, Haste haste = Haste::no);

// The probes by themselves, per call; for benchmarks and sentinels.
double fma_probe_gflop_per_s(Team& team, double seconds, Haste haste = Haste::no);
double read_probe_gb_per_s(Team& team, std::size_t bytes_per_worker, double seconds, Haste haste = Haste::no);
/// Multiply-adds of 8-bit numbers, two operations each, by the best instruction there is; nothing where no probe was
/// written for this processor.
std::optional<double> dot_probe_gop_per_s(Team& team, double seconds, Haste haste = Haste::no);
/// In [0, 1]: see record::Roof::overlap. `fma_gflop_per_s` and `read_gb_per_s` are those of the team; they decide how
/// much arithmetic a row gets, so that both take about as long.
double overlap_probe(Team& team, std::size_t bytes_per_worker, double fma_gflop_per_s, double read_gb_per_s,
                     double seconds);
double join_probe_us(Team& team, double seconds, Haste haste = Haste::no);

/// Three short fixed kernels (about 0.3 ms each) in the calling thread; seconds each. Beside every timing sample.
struct SentinelTimes {
  double fma_seconds, cache_seconds, memory_seconds;
};
SentinelTimes run_sentinels();

}  // namespace descent::machine
