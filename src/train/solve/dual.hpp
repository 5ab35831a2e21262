#pragma once

#include <cstdint>
#include <vector>

#include "train/solve/mean_loss.hpp"
#include "train/solve/smooth.hpp"

namespace descent {

/// A point of a primal–dual pair: primal value of the best weights seen, and the dual value that bounds f* from below.
struct DualResult {
  std::vector<double> weights;
  double primal = 0, dual = 0;
  double gap() const noexcept { return primal - dual; }
};

/// True for the losses that dual_ascent solves: hinge, absolute, multiclass_svm.
bool has_dual_solver(const Loss& loss);

/// Coordinate ascent on the dual (Shalev-Shwartz and Zhang 2013; Hsieh et al. 2008), rows in random order, rows that
/// stay where they are visited less and less often. Margin and distance losses are one independent problem a column.
/// Until gap <= relative_gap × max(|primal|, smallest positive), or the clock is over. l2 > 0. The same bits for any
/// team.
DualResult dual_ascent(MeanLoss& f, Team& team, double relative_gap, std::uint64_t seed, const SolverClock& clock);

}  // namespace descent
