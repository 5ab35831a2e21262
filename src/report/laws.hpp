#pragma once

#include "descent/report/text_table.hpp"
#include "report/rows.hpp"

namespace descent {

// What models say of a workload, each in one line; "" where they say nothing.

/// S(B) = S_min (1 + B_crit/B): its B_crit, or that the fit was rejected, and B* of the time model.
TextTable::Cell returns_model(const Report& report, const Workload& workload, const Target& target);

/// By how much f − f* falls in a step of gradient descent: as fitted, in the tail, and by theory.
TextTable::Cell descent_rate(const Report& report, const Workload& workload, const Target& target);

}  // namespace descent
