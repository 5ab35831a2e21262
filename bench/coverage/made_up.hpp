#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "analysis/make_report.hpp"
#include "descent/core/random.hpp"

namespace descent::bench {

// How made-up reports are drawn. Each trial has random numbers of its own, so that the same options give the same
// table.

inline core::CounterRandom random_of(int trial, std::uint64_t seed = 1) {
  return {seed, core::Purpose::data, static_cast<std::uint64_t>(trial)};
}

/// Speeds of `runs` runs. The logarithm of their steps is normal with that deviation.
inline std::vector<double> speeds(core::CounterRandom& random, int runs, double deviation) {
  std::vector<double> result;
  for (int i = 0; i < runs; ++i) result.push_back(std::exp(-deviation * random.next_normal()));
  return result;
}

/// A report with one workload and one target, 1 % of the starting gap.
inline record::Report one_target() {
  record::Report report = analysis::testing::empty_report();
  analysis::testing::set_targets(report, {0.01});
  return report;
}

/// Steps of the runs of speed 1 of add_series(report, batch, half, …).
inline double steps_of(double half) { return half * std::log2(100.0); }

/// Processes that time cells. Each process has an effect that is the same for all cells, and another one for each cell.
struct Processes {
  int count = 8;
  double shared = 0.05, own = 0.03, sample = 0.01;
  int samples = 6;
};

/// Times each of these cells (series, batch, threads, seconds) in every process.
struct TimedCell {
  std::string series;
  std::int64_t batch = 0;
  int threads = 1;
  double seconds = 1e-4;
};
inline void add_timings(record::Report& report, const std::vector<TimedCell>& cells, const Processes& processes,
                        core::CounterRandom& random) {
  for (int process = 0; process < processes.count; ++process) {
    const double shared = processes.shared * random.next_normal();
    for (const TimedCell& cell : cells) {
      const double level = cell.seconds * std::exp(shared + processes.own * random.next_normal());
      std::vector<double> samples;
      for (int i = 0; i < processes.samples; ++i)
        samples.push_back(level * std::exp(processes.sample * random.next_normal()));
      analysis::testing::add_timing(report, cell.series, cell.batch, cell.threads, process, samples);
    }
  }
}

}  // namespace descent::bench
