#pragma once

#include "descent/record/report.hpp"

namespace descent::analysis {

/// Linear rate ρ of f − f* per step: a line through ln(f − f*) of the seed-mean curve while δ is in [1e-8, 1e-2] and
/// above rounding and ten times the floor. Refused with fewer than ten points or where it is no line; rate_status says
/// so. Reads curve_noise.
void add_rate(const record::Report& report, const record::Series& series, const record::Workload& workload,
              record::Convergence& row);

/// The factor of f − f* per step that theory gives gradient descent at its constant rate α. Where the curvature at W*
/// is known, max (1 − αλ)² over its extreme eigenvalues λ: the tail's own. Else, for α <= 1/L, the bound 1 − α·l2,
/// which is 1 − μ/L at α = 1/L (Karimi, Nutini and Schmidt 2016, theorem 1).
void add_theory_rate(const record::Series& series, const record::Workload& workload, record::Convergence& row);

/// That factor as measured: the geometric mean over the last third of the steps down to ten times rounding, of those
/// with δ <= 1e-2; its least and most are those of the stretch's thirds, and `unsteady` says that these differ.
void add_tail_ratio(const record::Report& report, const record::Series& series, const record::Workload& workload,
                    record::Convergence& row);

}  // namespace descent::analysis
