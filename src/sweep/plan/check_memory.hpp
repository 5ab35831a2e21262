#pragma once

#include "descent/data/dataset.hpp"
#include "descent/sweep/options.hpp"

namespace descent::sweep {

/// Throws InputError, with the size, if training on these data would need more memory than is free besides the data:
/// the history of the reference optimum's solver, and the weights of the runs that train side by side. Called before
/// any of that begins.
void check_memory(const SweepOptions& options, const data::Dataset& training);

}  // namespace descent::sweep
