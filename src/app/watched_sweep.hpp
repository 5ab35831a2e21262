#pragma once

#include <string>
#include <vector>

#include "descent/sweep/sweep.hpp"

namespace descent::app {

/// Runs a sweep with its progress on the standard error, or, where `quiet`, its warnings alone. The first SIGINT,
/// SIGTERM, SIGXCPU, or SIGHUP that was not ignored before, makes it stop and return what there is; a second one ends
/// the process.
record::Report watched_sweep(const sweep::SweepOptions& options, const std::vector<std::string>& command, bool quiet);

/// Whether a signal stopped it.
bool interrupted();

}  // namespace descent::app
