#pragma once

#include "sweep/state.hpp"

namespace descent::sweep {

/// Where a model knows no optimum and shares of the starting gap are asked for: the least f that a few long runs come
/// to stands for it, marked best_known. Runs on seeds of its own, before any search; every workload is a piece of the
/// journal. No run takes longer than --solver-seconds in all; what was found by then counts.
void find_best_known(SweepState& state, machine::Team& team);

}  // namespace descent::sweep
