#pragma once

#include <string>
#include <vector>

#include "descent/record/report.hpp"

namespace descent::report {

/// What a reader has to know before leaning on the figures, and what to do about it.
struct Warning {
  int severity = 0;  ///< 100: the figures are wrong; 10: they could be more precise
  std::string text;
};

/// All warnings of a report, worst first.
std::vector<Warning> warnings_of(const record::Report& report);

}  // namespace descent::report
