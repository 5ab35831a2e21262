#pragma once

#include "descent/record/report.hpp"

namespace descent {

/// Linear rate ρ of f − f* per step: a line through ln(f − f*) of the seed-mean curve while δ is in [1e-8, 1e-2] and
/// ten times above floor and rounding. Refused with fewer than ten points or where it is no line; rate_status says so.
/// Reads curve_noise.
void add_rate(const Report& report, const Series& series, const Workload& workload, Convergence& row);

}  // namespace descent
