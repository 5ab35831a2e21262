#pragma once

#include <map>
#include <vector>

#include "scaling/predict.hpp"

namespace descent::bench {

/// What is to be measured here, and for how long.
struct Grid {
  Shape shape;
  std::vector<std::size_t> batches;
  std::vector<int> threads;
  double roof_seconds = 1;      ///< for the roofs of each thread count
  double sample_seconds = 0.1;  ///< of steps under the clock, at least
  int rounds = 7;               ///< each times every cell once, in another order; the median counts
};

/// Steps of `fused` at one batch, thread count and sharing.
struct StepTime {
  std::size_t batch = 0;
  int threads = 1;
  engine::Sharing sharing = engine::Sharing::serial;
  double seconds = 0, low = 0, high = 0;  ///< of a step: median and quartiles over the rounds
};

/// The roofs of this machine at these numbers of threads.
std::map<int, record::Roof> measure_roofs_at(const Grid& grid, const std::vector<int>& threads);

/// Times steps of `fused` on made data: serial at one thread, by features and by rows at more.
std::vector<StepTime> measure_steps(const Grid& grid);

/// The costs of this machine from its roofs at 1 and 2 threads, and from steps at one thread.
Costs costs_here(const Grid& grid, const std::map<int, record::Roof>& roofs, const std::vector<StepTime>& steps);

}  // namespace descent::bench
