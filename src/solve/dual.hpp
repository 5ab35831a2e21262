#pragma once

#include <cstdint>
#include <vector>

#include "descent/solve/mean_loss.hpp"
#include "solve/smooth.hpp"

namespace descent::solve {

/// A point of a primal–dual pair: primal value of the best weights seen, and the dual value that bounds f* from below.
struct DualResult {
  std::vector<double> weights;
  double primal = 0, dual = 0;
  bool reached = false;        ///< the gap asked for
  bool finished = false;       ///< not by ascent alone
  std::vector<double> slopes;  ///< of the rows by the last α, (outputs, rows); only where l2 stands for none
  double gap() const noexcept { return primal - dual; }
};

/// The gap asked for: of_value × f, and where of_start > 0 no more than of_start × (f(0) − f), but what double
/// precision can tell.
struct KinkedGap {
  double of_value, of_start = 0;
  /// Relative to the primal value, where that is `primal`.
  double relative(double f0, double primal) const;
};

/// Doubles that dual_ascent takes beside weights, at most: the dual variables with what is kept for each, and the
/// matrices of proximal_newton, of all outputs at once.
double dual_doubles(std::size_t rows, const loss::Loss& loss, std::size_t features, std::size_t outputs);

/// For losses with a box_dual(): coordinate ascent on it (Shalev-Shwartz and Zhang 2013; Hsieh et al. 2008), rows in
/// random order, rows that stay where they are visited less and less often. Margin and distance losses are one
/// independent problem an output. Where 100 epochs do not do, it is brought to its end by active_set, or by
/// proximal_newton, as far as that is no more work than ascent was; where l2 stands for none, in any case, and with
/// slopes that sum to 0 over the rows, as far as those between bounds can. Until the gap is that wanted, or the clock
/// is over. l2 > 0. The same bits for any team.
DualResult dual_ascent(MeanLoss& f, machine::Team& team, const KinkedGap& wanted, std::uint64_t seed,
                       const SolverClock& clock, bool stands_for_none = false);

}  // namespace descent::solve
