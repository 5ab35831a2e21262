#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "descent/record/report.hpp"

namespace descent::report {

/// All that a page knows of the reports: sentences, tables and pictures of each view, warnings, machine and command.
/// Tables and pictures that views have in common stand in it once. A pure function of the reports.
nlohmann::ordered_json page_data(std::span<const record::Report> reports);

}  // namespace descent::report
