#pragma once

#include "report/page.hpp"
#include "report/rows.hpp"

namespace descent::report {

/// What models say of a workload at a target, a line each where they say something: the fit of S(B) or that it was
/// rejected, the Pareto set of seconds and examples, the rate of gradient descent beside theory.
void law_facts(Page& page, const record::Report& report, const record::Workload& workload, const Target& target);

/// Doublings and the Pareto set in full, where the page has room.
void detail_tables(Page& page, const record::Report& report, const record::Workload& workload, const Target& target);

}  // namespace descent::report
