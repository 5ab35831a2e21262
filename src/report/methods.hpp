#pragma once

#include <string>
#include <vector>

#include "report/rows.hpp"

namespace descent::report {

/// Where several methods were tried: which of them is the fastest at each batch size, and whether others than plain
/// steps move the batch at which doubling stops paying; of any method, whether its runs cannot be repeated. Whole
/// sentences.
std::vector<std::string> methods_text(const record::Report& report, const record::Workload& workload,
                                      const Target& target, const std::vector<Row>& rows);

}  // namespace descent::report
