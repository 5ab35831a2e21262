#pragma once

#include <span>
#include <string>

#include "descent/core/error.hpp"
#include "descent/record/report.hpp"

namespace descent::join {

/// Reports that cannot be put together: exit status 3.
class MergeConflict : public core::InputError {
 public:
  using core::InputError::InputError;
};

/// "b,a" as "a,b": the order in which a list was given to an option changes nothing that is stored.
std::string sorted_list(const std::string& text);

/// Weights that were not equal where they have to be (a check with verdict "failed"): the program exits with status 2.
bool has_failed_check(const record::Report& report);

/// Joins partial reports of shards, or of the same sweep on several machines: tunings, trajectories and moments may
/// come from any machine with equal arithmetic fingerprint, data and options, and where they overlap must be equal in
/// all but the seconds they took; timings and roofs come from one boot of one machine and one build. What timings tell
/// of themselves is made anew. The result is analysed; complete when all shards are there. Throws MergeConflict naming
/// the first difference.
record::Report merge_reports(std::span<const record::Report> reports);

}  // namespace descent::join
