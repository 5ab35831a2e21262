#pragma once

#include "descent/data/source.hpp"
#include "descent/sweep/options.hpp"

namespace descent::sweep {

/// How a run loads its data: preprocessed as its options say, and stored in the form that its engines read.
data::LoadOptions load_options(const SweepOptions& options);

/// Throws UsageError with the reason if an engine of the run refuses one of its losses on these rows.
void expect_engines_accept(const SweepOptions& options, const data::Split& data);

}  // namespace descent::sweep
