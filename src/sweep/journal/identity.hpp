#pragma once

#include "descent/data/dataset.hpp"
#include "descent/record/tables.hpp"
#include "descent/sweep/context.hpp"
#include "sweep/journal/journal.hpp"

namespace descent::sweep {

/// What two runs must have in common for one to continue the other: machine, build, data set, configuration. The order
/// within lists of the configuration does not count, nor does the time budget, nor the path of the data. `statistics`:
/// if the cells of another report are timed, a hash of that report's statistics; else "".
Identity journal_identity(const record::Context& context, const data::Split& data, const std::string& statistics = "");

}  // namespace descent::sweep
