#pragma once

#include "descent/report/text_table.hpp"
#include "report/rows.hpp"

namespace descent {

/// The table of a workload at a target: one line per row.
TextTable workload_table(const std::vector<Row>& rows);

}  // namespace descent
