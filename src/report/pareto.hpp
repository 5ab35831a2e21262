#pragma once

#include <string>

#include "descent/report/text_table.hpp"
#include "report/rows.hpp"

namespace descent::report {

/// Cells of which no other needs both fewer seconds and fewer examples, fastest first, in one line. "" where none came
/// to the target.
std::string pareto_text(const record::Report& report, const record::Workload& workload, const Target& target);
/// The same with intervals.
TextTable pareto_table(const record::Report& report, const record::Workload& workload, const Target& target);

}  // namespace descent::report
