#pragma once

#include "descent/data/source.hpp"
#include "descent/sweep/options.hpp"

namespace descent::sweep {

/// How a run loads its data: preprocessed as its options say, stored as its engines read it.
data::LoadOptions load_options(const SweepOptions& options);

}  // namespace descent::sweep
