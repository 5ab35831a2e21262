#pragma once

#include "descent/record/report.hpp"

namespace descent {

/// Fills every derived table from the raw ones (existing derived tables are replaced). Pure: no clock, no data, no
/// threads; random resampling is seeded from the report's content. analyse(analyse(r)) == analyse(r).
Report analyse(Report report);

}  // namespace descent
