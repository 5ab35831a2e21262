#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sweep/state.hpp"

namespace descent::sweep {

/// Null for a workload without one: a landscape, a factorisation.
std::unique_ptr<loss::Loss> loss_of(const std::string& name);

/// Fills in everything that is computed from a workload's record, its loss and the data: constants, smoothness and
/// start.
void complete(SweepState& state, WorkloadState& workload, machine::Team& team);

/// Makes a planned series once the workload's optimum is known, or known to be absent, so that learning-rate rule and
/// id are final. Without an optimum there is no target to tune for, and theory gives the rate; empty if the series
/// exists only for a further target. Throws UsageError if theory has no rate either.
std::optional<SeriesState> make_series(const SweepState& state, const SeriesPlan& plan);

}  // namespace descent::sweep
