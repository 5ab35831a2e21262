#pragma once

#include <memory>

#include "sweep/state.hpp"

namespace descent::sweep {

// What run_sweep() and time_report() have in common.

/// The journal beside options.out; one that keeps nothing where there is no report file. Tells the observer where an
/// earlier one went.
std::unique_ptr<Journal> open_journal(const SweepOptions& options, const Identity& identity, SweepObserver& observer);

/// Tells what was put off until the stages were over, books the seconds that no account has, and returns the report,
/// analysed: complete where nothing was left out and nothing failed.
record::Report finish(SweepState& state);

}  // namespace descent::sweep
