// Measures what the machine can do, for each thread count: the peak rate of multiply-adds of floats and of 8-bit
// numbers, the overlap of reading and arithmetic, the read bandwidth from memory, L3 and L2, the latency of a join,
// sgemm 2,048³.
//   bench_machine --threads=1,2 --benchmark_filter=fma
#include <fmt/format.h>

#include <algorithm>

#include "bench_common.hpp"
#include "descent/engine/sgemm_probe.hpp"
#include "descent/machine/roofs.hpp"
#include "descent/machine/topology.hpp"

namespace {

using namespace descent;  // NOLINT(google-build-using-namespace): a program of its own

constexpr double kProbeSeconds = 0.2;

/// probe(team) gives a rate or, with counter "", a time in µs. An iteration is one probe; its time is that of one unit.
template <class Probe>
void add(const bench::Settings& settings, const std::string& name, const char* counter, double unit, Probe probe) {
  auto* const benchmark = benchmark::RegisterBenchmark(("machine/" + name).c_str(), [=](benchmark::State& state) {
    machine::Team team({.threads = static_cast<int>(state.range(0)), .oversubscribe = settings.oversubscribe});
    double best = 0;
    for (auto _ : state) {
      const double found = probe(team);
      state.SetIterationTime(counter == nullptr ? 1e-6 * found : 1 / (unit * found));
      best = counter == nullptr ? (best == 0 ? found : std::min(best, found)) : std::max(best, found);
    }
    if (counter != nullptr)
      state.counters[counter] = unit * best;
    else
      state.counters["join_us"] = best;
  });
  benchmark->ArgName("threads")->UseManualTime()->Iterations(3);
  for (const int threads : settings.threads) benchmark->Arg(threads);
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Settings settings = bench::parse_settings(argc, argv);
  add(settings, "fma", "flop_per_s", 1e9,
      [](machine::Team& team) { return machine::fma_probe_gflop_per_s(team, kProbeSeconds); });
  add(settings, "dot_i8", "int8_ops_per_s", 1e9,
      [](machine::Team& team) { return machine::dot_probe_gop_per_s(team, kProbeSeconds).value_or(0); });
  add(settings, "sgemm2048", "flop_per_s", 1e9,
      [](machine::Team& team) { return engine::sgemm_gflop_per_s(team.threads()); });
  add(settings, "read/memory", "bytes_per_s", 1e9, [](machine::Team& team) {
    const std::size_t bytes = std::max(std::size_t{256} << 20, 4 * machine::cache_bytes(3));
    return machine::read_probe_gb_per_s(team, bytes / static_cast<std::size_t>(team.threads()), kProbeSeconds);
  });
  if (machine::cache_bytes(3) > 0)
    add(settings, "read/l3", "bytes_per_s", 1e9, [](machine::Team& team) {
      const std::size_t share = machine::cache_bytes(3) / 2 / static_cast<std::size_t>(team.threads());
      return machine::read_probe_gb_per_s(team, std::max(share, 2 * machine::cache_bytes(2)), kProbeSeconds);
    });
  if (machine::cache_bytes(2) > 0)
    add(settings, "read/l2", "bytes_per_s", 1e9, [](machine::Team& team) {
      return machine::read_probe_gb_per_s(team, machine::cache_bytes(2) / 2, kProbeSeconds);
    });
  add(settings, "join", nullptr, 1, [](machine::Team& team) { return machine::join_probe_us(team, kProbeSeconds); });
  return bench::run_all(argc, argv);
}
