#pragma once

#include <string>
#include <vector>

#include "descent/record/report.hpp"
#include "report/rows.hpp"

namespace descent::report {

/// Up to which batch size doubling the batch saves a factor of √2 in steps, what the doublings of 32 and of 8,192 save
/// where both were run, and up to which batch size larger ones save time. "" where none of it is known.
std::string batch_sizes_text(const record::Report& report, const record::Workload& workload, const Target& target,
                             const record::Summary& summary, const std::vector<Row>& rows);

/// Where one optimizer's doublings stop to save a factor of √2 in steps: "up to about batch 310 (95 % interval 250 to
/// 400)"; "" where it is not known.
std::string half_efficiency_text(const record::Returns& returns);

}  // namespace descent::report
