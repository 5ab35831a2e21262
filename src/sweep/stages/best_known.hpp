#pragma once

#include "sweep/state.hpp"

namespace descent::sweep {

/// If a model knows no optimum and some target is a share of the starting gap, the least f that a few long runs reach
/// is used as the optimum, marked best_known. The runs use seeds of their own and come before any search; every
/// workload is a piece of the journal. All runs of a workload together take at most --solver-seconds; what was found by
/// then counts.
void find_best_known(SweepState& state, machine::Team& team);

}  // namespace descent::sweep
