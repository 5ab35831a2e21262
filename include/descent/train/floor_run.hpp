#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "descent/engine/objective.hpp"
#include "descent/record/tables.hpp"
#include "descent/train/optimizer.hpp"
#include "descent/train/sampler.hpp"

namespace descent::train {

struct FloorRequest {
  Sampling sampling = Sampling::iid_distinct;
  std::size_t batch = 0;
  double rate = 0;
  std::uint64_t seed = 0;
  std::span<const float> start;     ///< weights to begin from; with `reshuffle` an epoch begins there
  std::span<const double> optimum;  ///< W*; empty: no distances
  std::int64_t spacing = 1;         ///< steps between two looks
  std::size_t looks = 0;
  std::size_t epochs = 0;  ///< of which the ends are looked at too; 0: none
  const std::atomic<bool>* cancel = nullptr;
};

/// Steps at a constant rate, looked at evenly: fills status (ok or diverged), seed, lr, spacing and the arrays of a
/// FloorRun; none where it was cancelled. Deterministic for given objective and request, whatever the team. Not timed.
std::optional<record::FloorRun> run_floor(engine::Objective& objective, const Optimizer& optimizer,
                                          const FloorRequest& request);

}  // namespace descent::train
