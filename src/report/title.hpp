#pragma once

#include <string>
#include <vector>

#include "descent/record/report.hpp"

namespace descent::report {

/// What the report is of: its data sets and its machine, a paragraph each.
std::vector<std::string> head_lines(const record::Report& report);

/// "losses compared at 86.80 % validation accuracy (standard error 0.75)"; "" where there is nothing to compare.
std::string accuracy_heading(const record::Report& report, const record::DatasetRecord& data);

/// Of a share of a sweep: that it is one, and what to do. "" of a whole report.
std::string share_text(const record::Report& report);

}  // namespace descent::report
