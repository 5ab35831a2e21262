#pragma once

#include "sweep/state.hpp"

namespace descent {

// A model of what a sweep costs, for --dry-run and the remaining time. The unit is one row through value and gradient.

/// Steps that a run of this series is expected to take to `target`, within its budget.
double expected_steps(const SeriesPlan& series, double n, double target);
double expected_run_units(const SweepState& state, const SeriesPlan& series);
double expected_search_units(const SweepState& state, const SeriesPlan& series);

}  // namespace descent
