#pragma once

#include <string>

#include "descent/core/file_roles.hpp"
#include "descent/record/report.hpp"
#include "descent/sweep/options.hpp"

namespace descent::app {

// What the commands that run a sweep have in common.

/// What a sweep reads and writes by its options. Throws UsageError.
void add_sweep_files(core::FileRoles& roles, const sweep::SweepOptions& options);

/// Writes the report of a sweep that has ended and its HTML page (`page`; "" is none), and prints its answer. Returns
/// the exit status: 2 where weights were not equal that have to be, 130 where a signal stopped it; either is told on
/// the standard error. Throws InputError.
int end_sweep(const record::Report& report, const std::string& out, bool explain, bool details,
              const std::string& page);

}  // namespace descent::app
