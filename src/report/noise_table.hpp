#pragma once

#include <string>

#include "descent/report/text_table.hpp"
#include "report/rows.hpp"

namespace descent::report {

/// What a larger batch buys in noise, near a target: a column per batch, from 1 to all rows. Empty where nothing is
/// known.
TextTable noise_table(const record::Report& report, const record::Workload& workload, const Target& target);

}  // namespace descent::report
