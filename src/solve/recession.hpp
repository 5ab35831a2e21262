#pragma once

#include <span>
#include <vector>

#include "descent/solve/mean_loss.hpp"
#include "solve/smooth.hpp"

namespace descent::solve {

/// Does w predict every training row right, that is, is every margin (y s of each output; s_y − s_k for a multiclass
/// loss) above 0?
bool separates(MeanLoss& f, std::span<const double> w);

/// A direction of recession: along it every margin is ≥ 0 (up to 1e-9 of the lengths) and some are > 0. If one exists
/// the data are (quasi-)separable, and a loss that falls for ever has no minimiser; if none exists it has one (Albert
/// and Anderson 1984). Decided by non-negative least squares (Lawson and Hanson 1974, chapter 23) on Stiemke's
/// alternative: the shortest Σ u_t a_t over u ≥ 1, a_t the margins' own directions, is 0 exactly if no such direction
/// exists; else it is such a direction. If that is too much work (more than 512 weights in one independent part) or the
/// clock runs out, `finished` is false. Weights are laid out as in f.
struct Recession {
  std::vector<double> direction;  ///< empty: none found
  bool finished = false;          ///< an empty direction means that there is none
};
Recession find_recession(MeanLoss& f, const SolverClock& clock);

/// The test when find_recession() cannot finish: do the weights, near the end, still move in a direction along which
/// some margins grow and, up to a thousandth, none falls? This is no proof.
bool moves_for_ever(MeanLoss& f, std::span<const double> before, std::span<const double> after);

}  // namespace descent::solve
