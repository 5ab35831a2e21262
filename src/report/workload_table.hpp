#pragma once

#include "descent/report/text_table.hpp"
#include "report/rows.hpp"

namespace descent::report {

/// Stands before a time to a target that the optimum's gap does not cover.
inline constexpr const char* kUncertified = "~";
inline constexpr const char* kOversubscribed = " !";  ///< more threads than CPUs

/// The table of a workload at a target: one line per row. `roomy`: with the interval of the steps.
TextTable workload_table(const std::vector<Row>& rows, bool roomy);

}  // namespace descent::report
