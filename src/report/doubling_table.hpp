#pragma once

#include <vector>

#include "descent/report/text_table.hpp"
#include "report/rows.hpp"

namespace descent::report {

/// The doublings of a workload at a target, by batch.
std::vector<const record::Doubling*> doublings_of(const record::Report& report, const record::Workload& workload,
                                                  const Target& target);

/// What each doubling of the batch buys, in three readings: steps, seconds, noise. Empty where no two batches are
/// twice one another.
TextTable doubling_table(const record::Report& report, const record::Workload& workload, const Target& target);

}  // namespace descent::report
