#pragma once

#include "descent/data/dataset.hpp"
#include "descent/loss/loss.hpp"
#include "descent/sweep/options.hpp"

namespace descent::sweep {

/// Bytes that training with this loss on these data needs at most: the reference optimum's history or the moments, the
/// weights of the runs that train side by side and what their methods keep of each row, the data's spectrum.
double needed_bytes(const SweepOptions& options, const data::Dataset& training, const loss::Loss& loss);

/// Throws InputError, with the size, where training on these data would need more memory than there is beside them,
/// before any of it is begun.
void check_memory(const SweepOptions& options, const data::Dataset& training);

}  // namespace descent::sweep
