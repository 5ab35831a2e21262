#pragma once

#include <string>

#include "descent/record/report.hpp"

namespace descent::sweep {

/// The deterministic tables of a report as text, for comparison.
std::string deterministic_text(const record::Report& report);

/// Empty if the texts are equal; otherwise the first line that differs, from both.
std::string difference(const std::string& found, const std::string& expected);

}  // namespace descent::sweep
