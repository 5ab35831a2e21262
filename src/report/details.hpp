#pragma once

#include <vector>

#include "report/page.hpp"
#include "report/rows.hpp"

namespace descent::report {

// What --details adds to a page.

/// Of a workload: its optimum, the wide table, what the fastest cell and larger batches are like, models, noise.
void workload_details(Page& page, const record::Report& report, const record::Workload& workload,
                      const std::vector<Target>& targets);
/// Of the whole run: machine, data, checks, where its time went.
void run_details(Page& page, const record::Report& report);

}  // namespace descent::report
