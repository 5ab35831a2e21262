#pragma once

#include <vector>

#include "sweep/state.hpp"

namespace descent::sweep {

/// What the noise of one workload cost.
struct NoiseCost {
  double seconds = 0, exact_seconds = 0;  // wall clock: of all, and of the exact passes among it
};

/// The floor run of every series of this shard with mini-batches, side by side on `team`: fills the table `floors`.
/// `costs`: of each workload.
void run_floors(SweepState& state, std::vector<NoiseCost>& costs, machine::Team& team);

}  // namespace descent::sweep
