#pragma once

#include <vector>

#include "descent/record/tables.hpp"

namespace descent {

/// Fewer processes than this cannot reject anything at the 5 % level worth speaking of.
inline constexpr std::size_t kLeastProcesses = 4;

/// A/A: every timed cell as two, its earlier and its later samples, in each process. The difference of the two is
/// tested over the processes (t interval of ln ratio). Returns two checks of kind "aa", or none where there are too few
/// processes: "false positives" (share of cells that differ from themselves, with its exact interval; "suspect" when
/// even its lower end is above 5 %) and "smallest difference" (median half-width over the cells, relative).
std::vector<Check> compare_with_itself(const std::vector<Timing>& timings);

}  // namespace descent
