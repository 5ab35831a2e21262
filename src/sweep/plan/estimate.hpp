#pragma once

#include "sweep/plan/remaining.hpp"
#include "sweep/state.hpp"

namespace descent::sweep {

// A model of what a sweep costs, for --dry-run and the remaining time. The unit is one row through value and gradient.

/// The work of a search: steps of all trials, evaluations of f between them, and number of trials.
struct SearchWork {
  double steps = 0, evaluations = 0, trials = 0;
};
/// Based on measured searches, which took, in multiples of one run of the winner: 84, 80, 59 and 64 for softmax on
/// MNIST at batches 32, 128, 1,024 and 8,192; 230, 50, 20 and 65 for multiclass SVM; 10 for gradient descent; 150 to
/// 230 on 200 and on 8,192 rows, where neighbouring rates were tried on 24 seeds.
SearchWork expected_search(const SeriesPlan& series, double n);

/// Steps that a run of this series is expected to take to `target`, within its budget.
double expected_steps(const SeriesPlan& series, double n, double target);
double expected_run_units(const SweepState& state, const SeriesPlan& series);
double expected_search_units(const SweepState& state, const SeriesPlan& series);
/// The expected work of a series' search, which is counted off trial by trial.
Instalments expected_instalments(const SweepState& state, const SeriesPlan& series);

/// The time that `table` is expected to take, stage by stage. To find it, a few passes over the data and draws of rows
/// are timed.
Plan estimate_plan(const SweepOptions& options, const data::Split& data, const SeriesTable& table);

}  // namespace descent::sweep
