#pragma once

#include "descent/report/text_table.hpp"
#include "report/rows.hpp"

namespace descent::report {

/// The table of a workload at a target for a terminal: one line per row, both factors of the time to the target with
/// their intervals, on the threads that are the fastest for the row. Columns say by their importance which leave first
/// where it is narrow: seconds on other threads, passes over the data, learning rate, optimizer, then intervals.
TextTable answer_table(const std::vector<Row>& rows, const record::Summary* summary);

}  // namespace descent::report
