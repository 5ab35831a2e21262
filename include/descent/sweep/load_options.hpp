#pragma once

#include "descent/data/source.hpp"
#include "descent/sweep/options.hpp"

namespace descent::sweep {

/// How a run loads its data: preprocessed as its options say, stored as its engines read it.
data::LoadOptions load_options(const SweepOptions& options);

/// Throws UsageError with the reason where an engine of the run refuses one of its losses on these rows.
void expect_engines_accept(const SweepOptions& options, const data::Split& data);

}  // namespace descent::sweep
