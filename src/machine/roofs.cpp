#include "descent/machine/roofs.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <vector>

#include "descent/core/aligned.hpp"
#include "descent/core/memory.hpp"
#include "descent/machine/topology.hpp"
#include "machine/dot_probe.hpp"
#include "machine/probes.hpp"

namespace descent::machine {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void keep(float value) { asm volatile("" : : "g"(value) : "memory"); }

/// Seconds that the workers need for one block each, all at the same time. The blocks start together.
double time_together(Team& team, core::FunctionRef<void(std::size_t)> block) {
  const auto threads = static_cast<std::size_t>(team.threads());
  std::atomic<std::size_t> arrived{0};
  std::atomic<double> start{0}, end{0};
  team.run([&](Worker& worker) {
    arrived.fetch_add(1);
    for (const double give_up = now() + 0.01; arrived.load() < threads && now() < give_up;) {
    }
    double unset = 0;
    start.compare_exchange_strong(unset, now());
    worker.phase(threads, block);
    end.store(now());
  });
  return end.load() - start.load();
}

/// The best of as many rounds as fit into `seconds`, at least three (one with Haste::yes). A roof is what the machine
/// can do, not what it did on average.
double best_rate(Team& team, double seconds, double work_per_round, Haste haste,
                 core::FunctionRef<void(std::size_t)> block) {
  double best = 0;
  const double until = now() + seconds;
  for (int round = 0; round < (haste == Haste::yes ? 1 : 3) || now() < until; ++round) {
    const double took = time_together(team, block);
    if (took > 0) best = std::max(best, work_per_round / took);
  }
  return best;
}

constexpr std::size_t kSmallestMemoryWindow = std::size_t{256} << 20;

constexpr double kHastyBytesPerSecond = 5e8;

/// Half of the bytes that the process may still allocate; the other half is for everything else.
std::size_t window_bytes_there_are() { return core::available_memory_bytes() / 2; }

std::size_t floats_in(std::size_t bytes) { return std::max<std::size_t>(256, bytes / sizeof(float) / 256 * 256); }

/// A window of floats for each worker, first touched by the worker that reads it.
std::vector<core::AlignedBuffer<float>> windows_of(Team& team, std::size_t floats) {
  std::vector<core::AlignedBuffer<float>> windows;  // allocated here, since the workers' body must not throw
  for (int worker = 0; worker < team.threads(); ++worker) windows.emplace_back(floats);
  time_together(team, [&](std::size_t worker) { windows[worker].zero(); });
  return windows;
}

std::size_t window_floats(const Team& team, std::size_t bytes_per_worker) {
  return floats_in(std::min(bytes_per_worker, window_bytes_there_are() / static_cast<std::size_t>(team.threads())));
}

}  // namespace

double fma_probe_gflop_per_s(Team& team, double seconds, Haste haste) {
  const ProbeKernels& kernels = probe_kernels();
  constexpr std::size_t rounds = 20'000;  // a few milliseconds
  const double flops = 2.0 * static_cast<double>(rounds * kFmaVectorsPerRound * kernels.lanes) * team.threads();
  return 1e-9 * best_rate(team, seconds, flops, haste, [&](std::size_t) { keep(kernels.multiply_add(rounds)); });
}

double read_probe_gb_per_s(Team& team, std::size_t bytes_per_worker, double seconds, Haste haste) {
  const ProbeKernels& kernels = probe_kernels();
  const std::size_t n = window_floats(team, bytes_per_worker);
  const std::vector<core::AlignedBuffer<float>> windows = windows_of(team, n);
  // Short windows are read again and again, so that a round takes a millisecond at least.
  const std::size_t repeats = std::max<std::size_t>(1, (std::size_t{64} << 20) / (n * sizeof(float)));
  const double bytes = static_cast<double>(n * sizeof(float) * repeats) * team.threads();
  return 1e-9 * best_rate(team, seconds, bytes, haste, [&](std::size_t worker) {
           for (std::size_t r = 0; r < repeats; ++r) keep(kernels.read(windows[worker].data(), n));
         });
}

std::optional<double> dot_probe_gop_per_s(Team& team, double seconds, Haste haste) {
  constexpr std::size_t rounds = 20'000;
  std::optional<double> best;
  for (const DotProbe& probe : dot_probes()) {
    const double ops = 2 * probe.adds_per_round * static_cast<double>(rounds) * team.threads();
    const double rate = best_rate(team, seconds / static_cast<double>(dot_probes().size()), ops, haste,
                                  [&](std::size_t) { keep(static_cast<float>(probe.run(rounds))); });
    best = std::max(best.value_or(0), 1e-9 * rate);
  }
  return best;
}

double overlap_probe(Team& team, std::size_t bytes_per_worker, double fma_gflop_per_s, double read_gb_per_s,
                     double seconds) {
  constexpr std::size_t chains = 12, most_rounds = 16, cached_floats = 4096;  // 16 KiB: in any L1
  const ProbeKernels& kernels = probe_kernels();
  const std::size_t n = window_floats(team, bytes_per_worker);
  const double multiply = 2 * chains / (1e9 * fma_gflop_per_s),
               load = sizeof(float) / (1e9 * read_gb_per_s);  // seconds to read one float
  const auto rounds = static_cast<std::size_t>(std::clamp(load / multiply, 1.0, static_cast<double>(most_rounds)));
  const std::vector<core::AlignedBuffer<float>> windows = windows_of(team, n);
  const double floats = static_cast<double>(n) * team.threads();
  const double both = best_rate(team, seconds / 2, floats, Haste::no, [&](std::size_t worker) {
    keep(kernels.read_and_multiply(windows[worker].data(), n, rounds));
  });
  const double cached = best_rate(team, seconds / 2, floats, Haste::no, [&](std::size_t worker) {
    for (std::size_t done = 0; done < n; done += cached_floats)
      keep(kernels.read_and_multiply(windows[worker].data(), std::min(cached_floats, n - done), rounds));
  });
  const double arithmetic = 1 / cached, reading = load;
  return std::clamp((arithmetic + reading - 1 / both) / std::min(arithmetic, reading), 0.0, 1.0);
}

double join_probe_us(Team& team, double seconds, Haste haste) {
  constexpr int phases = 5000;
  const auto threads = static_cast<std::size_t>(team.threads());
  std::vector<double> rounds;
  const double until = now() + seconds;
  for (int round = 0; rounds.empty() || now() < until; ++round) {
    std::atomic<double> start{0}, end{0};
    const Participation part = team.run([&](Worker& worker) {
      // warm-up, until all workers have arrived
      for (int p = 0; p < phases / 10; ++p) worker.phase(threads, [](std::size_t) {});
      double unset = 0;
      start.compare_exchange_strong(unset, now());
      for (int p = 0; p < phases; ++p) worker.phase(threads, [](std::size_t) {});
      end.store(now());
    });
    // A round counts only if all workers took part: fewer workers join faster.
    if (part.workers == team.threads() || round >= 100 || (haste == Haste::yes && now() > until))
      rounds.push_back(1e6 * (end.load() - start.load()) / phases);
  }
  std::nth_element(rounds.begin(), rounds.begin() + static_cast<std::ptrdiff_t>(rounds.size() / 2), rounds.end());
  return rounds[rounds.size() / 2];
}

MemoryWindow memory_window() {
  const std::size_t wanted = std::max(kSmallestMemoryWindow, 4 * cache_bytes(3));
  return {wanted, std::min(wanted, window_bytes_there_are())};
}

record::Roof measure_roofs(Team& team, double seconds, Haste haste) {
  const auto threads = static_cast<std::size_t>(team.threads());
  const std::size_t l2 = cache_bytes(2), l3 = cache_bytes(3);
  // First touching a window takes as long as several readings of it.
  const auto in_haste = static_cast<std::size_t>(seconds * kHastyBytesPerSecond);
  const std::size_t wanted = memory_window().wanted, window = haste == Haste::yes ? std::min(wanted, in_haste) : wanted;
  record::Roof roof;
  roof.threads = team.threads();
  roof.fma_f32_gflop_per_s = fma_probe_gflop_per_s(team, 0.2 * seconds, haste);
  roof.dot_i8_gop_per_s = dot_probe_gop_per_s(team, 0.1 * seconds, haste);
  roof.read_gb_per_s = read_probe_gb_per_s(team, window / threads, 0.3 * seconds, haste);
  if (haste == Haste::no)
    roof.overlap = overlap_probe(team, window / threads, roof.fma_f32_gflop_per_s, roof.read_gb_per_s, 0.1 * seconds);
  if (l3 > 0)
    roof.read_l3_gb_per_s =
        read_probe_gb_per_s(team, std::min(window / threads, std::max(l3 / 2 / threads, 2 * l2)), 0.1 * seconds, haste);
  if (l2 > 0) roof.read_l2_gb_per_s = read_probe_gb_per_s(team, l2 / 2, 0.1 * seconds, haste);
  roof.join_us = join_probe_us(team, 0.1 * seconds, haste);
  return roof;
}

SentinelTimes run_sentinels() {
  static const std::size_t cached = floats_in(std::size_t{128} << 10), far = floats_in(std::size_t{64} << 20),
                           slice = floats_in(std::size_t{4} << 20);
  static core::AlignedBuffer<float> cache_window = [] {
    core::AlignedBuffer<float> window(cached);
    window.zero();
    return window;
  }();
  static core::AlignedBuffer<float> memory_window = [] {
    core::AlignedBuffer<float> window(far);
    window.zero();
    return window;
  }();
  static std::size_t next = 0;
  const ProbeKernels& kernels = probe_kernels();
  SentinelTimes times{};
  double start = now();
  keep(kernels.multiply_add(2000));
  times.fma_seconds = now() - start;
  start = now();
  for (int repeat = 0; repeat < 100; ++repeat) keep(kernels.read(cache_window.data(), cached));
  times.cache_seconds = now() - start;
  start = now();
  keep(kernels.read(memory_window.data() + next, slice));
  times.memory_seconds = now() - start;
  next = next + 2 * slice <= far ? next + slice : 0;
  return times;
}

}  // namespace descent::machine
