#pragma once

#include <map>
#include <set>
#include <string>

#include "descent/record/report.hpp"

namespace descent::analysis {

/// What disturbed whole processes, by invocation: sentinels (a sentinel kernel's times vary by more than 2 %), trend
/// (they rise or fall over the process), steal (another guest had a CPU), frequency (the clock rate changed by more
/// than 5 %).
std::map<int, std::set<record::Doubt>> flags_of_invocations(const record::Report& report);

}  // namespace descent::analysis
