#pragma once

#include <string>
#include <vector>

#include "descent/record/report.hpp"
#include "descent/report/text_table.hpp"

namespace descent::report {

/// Losses of a data set side by side where that means something, at one validation accuracy: fastest first, one line
/// each. Empty where there is nothing to compare.
TextTable accuracy_table(const record::Report& report, const std::string& dataset);

/// The same in sentences where there are two losses; of more, only a table is clear: none.
std::vector<std::string> losses_text(const record::Report& report, const std::string& dataset);

}  // namespace descent::report
