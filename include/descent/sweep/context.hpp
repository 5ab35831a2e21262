#pragma once

#include <string>
#include <vector>

#include "descent/record/tables.hpp"
#include "descent/sweep/options.hpp"

namespace descent::sweep {

/// The environment (machine::describe_environment()) with what the sweep adds: command, configuration, arithmetic
/// fingerprint, all libraries and the BLAS kernel in use.
record::Context make_context(const SweepOptions& options, const std::vector<std::string>& command);

}  // namespace descent::sweep
