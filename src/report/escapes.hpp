#pragma once

#include "report/page.hpp"

namespace descent::report {

/// How the runs on a landscape left its saddle: a sentence for each method, and a table by batch size. Nothing of other
/// workloads.
void write_escapes(Page& page, const record::Report& report, const record::Workload& workload);

}  // namespace descent::report
