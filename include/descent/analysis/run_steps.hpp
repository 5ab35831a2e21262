#pragma once

#include <vector>

#include "descent/record/report.hpp"
#include "descent/stats/survival.hpp"

namespace descent::analysis {

/// Steps to a target of each run of a series, in the order of the trajectories: what convergence.ert_steps and its
/// interval are made of. Runs that did not reach it have the steps after which they ended; those that ended at another
/// target before are left out. Empty where the report does not have the series' workload.
std::vector<stats::Duration> run_steps(const record::Report& report, const record::Series& series,
                                       const record::Target& target);

}  // namespace descent::analysis
