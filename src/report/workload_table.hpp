#pragma once

#include "descent/report/text_table.hpp"
#include "report/rows.hpp"

namespace descent::report {

/// The table of a workload at a target: one line per row. `roomy`: with the interval of the steps.
TextTable workload_table(const std::vector<Row>& rows, bool roomy);

}  // namespace descent::report
