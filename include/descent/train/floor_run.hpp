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
  std::span<const float> start;     ///< weights to begin with; with `reshuffle` an epoch begins there
  std::span<const double> optimum;  ///< W*; empty: distances are not computed
  std::int64_t spacing = 1;         ///< steps between two evaluations
  std::size_t looks = 0;
  std::size_t epochs = 0;  ///< number of epochs whose ends are evaluated too; 0: none
  const std::atomic<bool>* cancel = nullptr;
};

/// Takes steps at a constant rate with evaluations at even intervals. Fills status (ok or diverged), seed, lr, spacing
/// and the arrays of a FloorRun; empty if cancelled. Deterministic for given objective and request, whatever the team.
/// Not timed.
std::optional<record::FloorRun> run_floor(engine::Objective& objective, const Optimizer& optimizer,
                                          const FloorRequest& request);

}  // namespace descent::train
