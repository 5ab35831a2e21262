#pragma once

#include <cstddef>
#include <optional>

#include "descent/machine/team.hpp"
#include "descent/record/tables.hpp"

namespace descent::machine {

/// Bytes that all workers together read in the probe of memory bandwidth: far more than the L3 cache holds. If there is
/// less memory than that, as much as there is; the result may then be the bandwidth of a cache.
struct MemoryWindow {
  std::size_t wanted, taken;
};
MemoryWindow memory_window();

/// With Haste::yes probes keep a time budget: smaller windows and fewer repetitions, at the price of accuracy.
enum class Haste { no, yes };

/// Measures the roofs at team.threads() threads within about `seconds`: read bandwidth from memory, L3 and L2, float32
/// and 8-bit multiply-add peaks, how far reading and arithmetic overlap (not with Haste::yes), and the time of one
/// phase with a block per worker. `sgemm_gflop_per_s` is left empty: engine/sgemm_probe.hpp fills it in.
record::Roof measure_roofs(Team& team, double seconds, Haste haste = Haste::no);

// The single probes, for benchmarks and sentinels.
double fma_probe_gflop_per_s(Team& team, double seconds, Haste haste = Haste::no);
double read_probe_gb_per_s(Team& team, std::size_t bytes_per_worker, double seconds, Haste haste = Haste::no);
/// Multiply-adds of 8-bit numbers, two operations each, by the best instruction of this processor; empty if there is no
/// probe for this processor.
std::optional<double> dot_probe_gop_per_s(Team& team, double seconds, Haste haste = Haste::no);
/// In [0, 1]: see record::Roof::overlap. `fma_gflop_per_s` and `read_gb_per_s` are those of the team. They decide how
/// much arithmetic follows each read, so that both take about equally long.
double overlap_probe(Team& team, std::size_t bytes_per_worker, double fma_gflop_per_s, double read_gb_per_s,
                     double seconds);
double join_probe_us(Team& team, double seconds, Haste haste = Haste::no);

/// The seconds of three short fixed kernels (about 0.3 ms each) in the calling thread, which run beside every timing
/// sample.
struct SentinelTimes {
  double fma_seconds, cache_seconds, memory_seconds;
};
SentinelTimes run_sentinels();

}  // namespace descent::machine
