#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sweep/state.hpp"

namespace descent::sweep {

/// Null for a landscape and for a model without a loss.
std::unique_ptr<loss::Loss> loss_of(const SweepState& state, const std::string& name);

/// Fills in what follows from a workload's record, its loss and the data: constants, smoothness and start.
void complete(SweepState& state, WorkloadState& workload, machine::Team& team);

/// A planned series of a workload whose optimum is known or known to be absent: learning-rate rule and id are final
/// now. Without an optimum there is no target to tune for, and theory gives the rate; nothing where the series is only
/// there for another target. Throws UsageError where theory has no rate either.
std::optional<SeriesState> make_series(const SweepState& state, const SeriesPlan& plan);

}  // namespace descent::sweep
