#pragma once

#include <span>
#include <vector>

#include "descent/solve/mean_loss.hpp"
#include "solve/smooth.hpp"

namespace descent::solve {

/// Does w rank every training row right: every margin (y s of each output; s_y − s_k of a multiclass loss) above 0?
bool separates(MeanLoss& f, std::span<const double> w);

/// A direction that takes some rows further to their side and none off it: every margin ≥ 0, to 1e-9 of the lengths,
/// some > 0. Where there is one the data are (quasi-)separable and a loss that falls for ever has no minimiser; where
/// there is none it has one (Albert and Anderson 1984). Decided by non-negative least squares (Lawson and Hanson 1974,
/// chapter 23) on Stiemke's alternative: the shortest Σ u_t a_t over u ≥ 1, a_t the margins' own directions, is 0
/// exactly if there is none, else it is one. Nothing where that is too much work (more than 512 weights that hang
/// together) or the clock is over: `finished` tells. Weights as f's.
struct Recession {
  std::vector<double> direction;  ///< empty: none found
  bool finished = false;          ///< an empty direction means that there is none
};
Recession find_recession(MeanLoss& f, const SolverClock& clock);

/// What is looked at where find_recession cannot finish: do weights still move, near the end, in a direction that takes
/// some rows further to their side and, to a thousandth, none off it? No proof.
bool moves_for_ever(MeanLoss& f, std::span<const double> before, std::span<const double> after);

}  // namespace descent::solve
