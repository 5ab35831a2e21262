#pragma once

#include "descent/record/report.hpp"

namespace descent::analysis {

/// Fills every derived table from the raw ones (existing derived tables are replaced). Pure: no clock, no data, no
/// threads; random resampling is seeded from the report's content. analyse(analyse(r)) == analyse(r).
record::Report analyse(record::Report report);

}  // namespace descent::analysis
