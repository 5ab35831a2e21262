#pragma once

#include <string>

#include "descent/report/text_table.hpp"
#include "report/rows.hpp"

namespace descent {

/// Cells of which no other needs both fewer seconds and fewer examples, fastest first, in one line. "" where none came
/// to the target.
std::string pareto_text(const Report& report, const Workload& workload, const Target& target);
/// The same with intervals.
TextTable pareto_table(const Report& report, const Workload& workload, const Target& target);

}  // namespace descent
