#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "descent/sweep/sweep.hpp"

namespace descent::app {

/// Runs a sweep, given its observer and what cancels it, with its progress on the standard error, or, where `quiet`,
/// its warnings alone. The first SIGINT, SIGTERM, SIGXCPU, or SIGHUP that was not ignored before, makes it stop and
/// return what there is; a second one ends the process.
record::Report watched_sweep(
    const std::function<record::Report(sweep::SweepObserver&, const std::atomic<bool>&)>& sweep, bool quiet);

/// The same of run_sweep().
record::Report watched_sweep(const sweep::SweepOptions& options, const std::vector<std::string>& command, bool quiet);

/// Whether a signal stopped it.
bool interrupted();

}  // namespace descent::app
