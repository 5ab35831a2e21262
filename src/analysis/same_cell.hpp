#pragma once

#include <vector>

#include "descent/record/tables.hpp"

namespace descent::analysis {

/// With fewer processes than this, two names of a cell can never be called different.
inline constexpr std::size_t kLeastProcesses = 3;

/// The A/A check: cells that were timed under two names, each with its own turn in every round. The two are compared as
/// the report compares cells: ratio of the processes' means, with the interval that a cell's own figure has. Returns
/// two checks of kind "aa", or none if no cell was timed under two names in enough processes: "false positives" (share
/// of pairs that differ, with its exact interval; "suspect" when even its lower end is above 5 %) and "smallest
/// difference" (median over the pairs of the interval's half-width, relative).
std::vector<record::Check> compare_with_itself(const std::vector<record::Timing>& timings,
                                               const std::vector<record::Invocation>& invocations);

}  // namespace descent::analysis
