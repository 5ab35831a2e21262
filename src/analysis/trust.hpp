#pragma once

#include <vector>

#include "analysis/contender.hpp"

namespace descent::analysis {

/// Fills in how far a summary's ranking can be trusted: gap, disturbance, withheld, uncertified, suspect, status, note.
/// `cells`: all that were compared, fastest first; `best`: the first of them and those tied with it.
///
/// The order of cells is withheld in only two cases. First, if training the best cell again from end to end, or the
/// mean over all such checks, shows that seconds are composed wrongly. Second, if timings of the best cells or of the
/// next one were disturbed, and the next one is slower by less than that disturbance.
void judge_ranking(const record::Report& report, const std::vector<Contender>& cells,
                   const std::vector<const Contender*>& best, record::Summary& row);

/// The end-to-end check of the cell, if it was trained again; else null.
const record::Check* end_to_end_of(const record::Report& report, const record::Series& series,
                                   const record::Cell& cell);

}  // namespace descent::analysis
