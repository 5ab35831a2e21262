#pragma once

#include "descent/data/dataset.hpp"
#include "descent/sweep/options.hpp"

namespace descent::sweep {

/// Throws InputError, with the size, where training on these data would need more memory than there is beside them: the
/// reference optimum's history, the weights of the runs that train side by side. Before any of it is begun.
void check_memory(const SweepOptions& options, const data::Dataset& training);

}  // namespace descent::sweep
