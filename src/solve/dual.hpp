#pragma once

#include <cstdint>
#include <vector>

#include "descent/solve/mean_loss.hpp"
#include "solve/smooth.hpp"

namespace descent::solve {

/// The primal value of the best weights found, and the dual value, which bounds f* from below.
struct DualResult {
  std::vector<double> weights;
  double primal = 0, dual = 0;
  bool reached = false;        ///< the gap asked for
  bool finished = false;       ///< exact methods were used, not ascent alone
  std::vector<double> slopes;  ///< of the rows by the last α, (outputs, rows); only if this l2 stands in for l2 = 0
  double gap() const noexcept { return primal - dual; }
};

/// The wanted gap: of_value × f, and if of_start > 0, at most of_start × (f(0) − f); never smaller than double
/// precision can resolve.
struct KinkedGap {
  double of_value, of_start = 0;
  /// The wanted gap relative to the primal value, if that value is `primal`.
  double relative(double f0, double primal) const;
};

/// The most doubles that dual_ascent() takes besides weights: the dual variables and what is stored with each, and the
/// matrices of proximal_newton() for all outputs at once.
double dual_doubles(std::size_t rows, const loss::Loss& loss, std::size_t features, std::size_t outputs);

/// For losses with a box_dual(): coordinate ascent on it (Shalev-Shwartz and Zhang 2013; Hsieh et al. 2008), rows in
/// random order; rows whose variables do not change are visited less and less often. Margin and distance losses are one
/// independent problem per output. If 100 epochs do not suffice, active_set() or proximal_newton() finishes the
/// problem, provided that this takes no more work than ascent took. If this l2 stands in for l2 = 0, they are always
/// used, and the slopes are then made to sum to 0 over the rows, as far as the variables between their bounds allow.
/// Ends when the gap is as wanted, or the clock has run out. l2 > 0. The same bits for any team.
DualResult dual_ascent(MeanLoss& f, machine::Team& team, const KinkedGap& wanted, std::uint64_t seed,
                       const SolverClock& clock, bool stands_for_none = false);

}  // namespace descent::solve
