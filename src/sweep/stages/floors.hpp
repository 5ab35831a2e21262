#pragma once

#include <vector>

#include "sweep/state.hpp"

namespace descent::sweep {

/// The time that measuring the noise of one workload took.
struct NoiseCost {
  double seconds = 0, exact_seconds = 0;  // wall clock: in all, and for the exact passes alone
};

/// Makes the floor run of every series of this shard with mini-batches, side by side on `team`, and fills the table
/// `floors`. `costs`: by workload.
void run_floors(SweepState& state, std::vector<NoiseCost>& costs, machine::Team& team);

}  // namespace descent::sweep
