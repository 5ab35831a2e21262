#pragma once

#include <string>

#include "descent/record/report.hpp"
#include "descent/report/text_table.hpp"

namespace descent::report {

/// Losses of a data set side by side where that means something, at one validation accuracy: fastest first, one line
/// each. Empty where there is nothing to compare.
TextTable accuracy_table(const record::Report& report, const std::string& dataset);

}  // namespace descent::report
