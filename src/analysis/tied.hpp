#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/contender.hpp"

namespace descent::analysis {

/// Removes the cells whose time cannot be compared with that of the first, and returns their ids, in their order: one
/// of the two ran on one seed, or was timed in one process, so that the scatter of its figure is unknown.
std::vector<std::string> take_untold(std::vector<Contender>& cells);

/// The cells that cannot be told apart from the first one, which is the fastest; in their order, without the first. If
/// all cells are equally fast, any cell is left out in at most 5 % of cases.
///
/// A step-down procedure: assuming that all remaining cells are equally fast, does any pair differ by more than chance
/// explains? If so, the slower cell of the pair that differs most is removed, and the rest is tested again (the model
/// confidence set with the range statistic T_R of Hansen, Lunde and Nason 2011, section 3.1.2). The errors are drawn
/// jointly, 10,000 times: see joint_errors in tied.cpp.
struct TiedSet {
  std::vector<const Contender*> cells;
  /// How much ln seconds of the first cell may be too low because it was chosen as the fastest. If all tied cells were
  /// equally fast, the least of their errors would be below this in 2.5 % of cases. At the other end the interval then
  /// misses hardly any cases; this compensates for those in which a very lucky cell has no other tied with it. Empty if
  /// no cell is tied.
  std::optional<double> luck;
};
TiedSet tied_with_first(const std::vector<Contender>& cells);

}  // namespace descent::analysis
