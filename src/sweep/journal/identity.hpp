#pragma once

#include "descent/data/dataset.hpp"
#include "descent/record/tables.hpp"
#include "descent/sweep/context.hpp"
#include "sweep/journal/journal.hpp"

namespace descent::sweep {

/// What two runs must share for one to continue the other: machine, build, data set, configuration. Order within lists
/// of the configuration does not count, nor does where to stop for lack of time, nor by which path the data were read.
/// `statistics`: a hash of those of another report, whose cells are timed; "" where the run makes its own.
Identity journal_identity(const record::Context& context, const data::Split& data, const std::string& statistics = "");

}  // namespace descent::sweep
