#pragma once

#include <memory>

#include "sweep/state.hpp"

namespace descent::sweep {

// What run_sweep() and time_report() have in common.

/// The journal beside options.out, or a journal that keeps nothing if there is no report file. Tells the observer where
/// an earlier journal was moved to.
std::unique_ptr<Journal> open_journal(const SweepOptions& options, const Identity& identity, SweepObserver& observer);

/// Reports the warnings that were deferred until the stages were over, books the seconds that are in no account, and
/// returns the report, analysed. Its status is complete if nothing was left out and nothing failed.
record::Report finish(SweepState& state);

}  // namespace descent::sweep
