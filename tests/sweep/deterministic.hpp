#pragma once

#include <string>

#include "descent/record/report.hpp"

namespace descent {

/// The deterministic tables of a report as text, for comparison.
std::string deterministic_text(const Report& report);

}  // namespace descent
