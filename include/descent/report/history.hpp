#pragma once

#include <iosfwd>

#include "descent/join/history.hpp"
#include "descent/report/comparison.hpp"

namespace descent::report {

/// The course of each cell and the steps in it, cells that became slower first. `gate`: whether it passed, too. At
/// least one report.
void write_history(std::ostream& out, const join::History& history, bool gate, const ComparisonPage& options);

}  // namespace descent::report
