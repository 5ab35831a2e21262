#pragma once

#include <span>
#include <string>

#include "descent/core/error.hpp"
#include "descent/record/report.hpp"

namespace descent::join {

/// Reports that cannot be merged: exit status 3.
class MergeConflict : public core::InputError {
 public:
  using core::InputError::InputError;
};

/// "b,a" as "a,b": lists are stored in sorted order, whatever the order in which they were given.
std::string sorted_list(const std::string& text);

/// Has a check failed, that is, were weights not equal although they have to be? Then the program exits with status 2.
bool has_failed_check(const record::Report& report);

/// Joins partial reports of shards, or of the same sweep on several machines: tunings, trajectories and moments may
/// come from any machine with equal arithmetic fingerprint, data and options, and where they overlap must be equal in
/// all but the seconds they took; timings and roofs come from one boot of one machine and one build. Checks of the
/// timings are computed again. The result is analysed; it is complete when all shards are there. Throws MergeConflict
/// that names the first difference.
record::Report merge_reports(std::span<const record::Report> reports);

}  // namespace descent::join
