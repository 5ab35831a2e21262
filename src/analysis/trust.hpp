#pragma once

#include <vector>

#include "analysis/contender.hpp"

namespace descent::analysis {

/// Fills in how far a summary's ranking may be trusted: gap, disturbance, withheld, uncertified, suspect, status, note.
/// `cells`: all that were compared, fastest first; `best`: the first of them and those tied with it.
///
/// The order of cells is withheld in two cases alone: where training the best cell again from end to end, or the mean
/// over all such checks, says that seconds are composed wrongly; and where timings of the best cells or of the next one
/// were disturbed and the next one is behind by less than the disturbance that was seen.
void judge_ranking(const record::Report& report, const std::vector<Contender>& cells,
                   const std::vector<const Contender*>& best, record::Summary& row);

/// The cell's run from end to end, where it was trained again; null where it was not.
const record::Check* end_to_end_of(const record::Report& report, const record::Series& series,
                                   const record::Cell& cell);

}  // namespace descent::analysis
