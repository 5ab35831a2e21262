#pragma once

#include "engine/engines/fused_microkernels.hpp"

namespace descent::engine {

/// The kernels, `percent` slower, for tests of what finds a slow-down: of 100 calls of forward, backward, finish and
/// gram so many are made twice, evenly spread on each thread. A second call writes what the first one does, or to a
/// place that nobody reads, so that every weight stays the same bit for bit. `percent` is 1 or more. There is one such
/// table: a later call changes what an earlier one returned, and none may be made while kernels run.
const FusedMicrokernels& slowed_down(const FusedMicrokernels& kernels, int percent);

}  // namespace descent::engine
