#pragma once

#include <string>

#include "descent/report/text_table.hpp"
#include "report/rows.hpp"

namespace descent {

/// What a larger batch buys in noise, near a target: a column per batch, from 1 to all rows. Empty where nothing is
/// known.
TextTable noise_table(const Report& report, const Workload& workload, const Target& target);

}  // namespace descent
