#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/contender.hpp"

namespace descent::analysis {

/// Takes the cells out whose time may not be compared with that of the first, and returns their ids, in their order:
/// one of the two ran on one seed, or was timed in one process, so that nothing tells how far its figure scatters.
std::vector<std::string> take_untold(std::vector<Contender>& cells);

/// Cells that cannot be told apart from the first, which is the fastest, in their order and without it. If all cells
/// are equally fast, a cell is left out in at most 5 % of cases.
///
/// Step down: of those left, all taken to be equally fast, does any pair differ by more than chance explains? Then the
/// slower one of the pair that differs most goes, and the rest are looked at again (the model confidence set with the
/// range statistic T_R of Hansen, Lunde and Nason 2011, section 3.1.2). The errors are drawn jointly, 10,000 times: see
/// joint_errors in tied.cpp.
struct TiedSet {
  std::vector<const Contender*> cells;
  /// How far ln seconds of the first may be below the truth because it was chosen for being the fastest: were all of
  /// them equally fast, the least of their errors is below this in 2.5 % of cases. Hardly anything is then left out at
  /// the other end, which makes up for the cases in which so lucky a cell has no other tied with it. Nothing where none
  /// is.
  std::optional<double> luck;
};
TiedSet tied_with_first(const std::vector<Contender>& cells);

}  // namespace descent::analysis
