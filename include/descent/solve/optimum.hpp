#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "descent/data/dataset.hpp"
#include "descent/loss/loss.hpp"
#include "descent/machine/team.hpp"
#include "descent/record/tables.hpp"

namespace descent::solve {

struct OptimumOptions {
  double relative_gap = 1e-9;         ///< wanted on smooth losses: gap <= relative_gap × max(f*, …)
  double kinked_relative_gap = 1e-6;  ///< the same on losses with kinks
  double kinked_gap_share = 0;        ///< on losses with kinks, if > 0: gap <= this share of f(0) − f* too
  double max_seconds = 300;
  std::uint64_t seed = 1;
  /// The solver stops at this moment even inside a pass, since one pass may take longer than a whole budget. The result
  /// is then unknown.
  std::optional<std::chrono::steady_clock::time_point> give_up_at;
  const std::atomic<bool>* cancel = nullptr;
};

/// The reference optimum f* with the bound on its error (docs/methodology.md, "The optimum"), in double throughout.
struct Optimum {
  record::OptimumKind kind = {};
  std::string solver;           ///< "L-BFGS + Newton-CG", "dual coordinate ascent + Newton", …
  std::optional<double> value;  ///< primal value reached (an upper bound of f*)
  std::optional<double> gap;    ///< certified bound on value − f*
  std::optional<double> dual, gradient_norm;
  std::optional<double> curvature_least, curvature_most;  ///< of ∇²f there: see solve/curvature.hpp
  std::vector<record::SolverPoint> passage;
  std::vector<double> weights;  ///< (outputs × features,)
  std::string note;
};

/// f(W) = (1/N) Σ loss + (l2/2)‖W‖². Uses the loss's answers to the questions in loss.hpp; if an answer that the
/// certificate needs is missing, the kind is best_known. The result depends on data, loss, l2 and options, not on the
/// team.
Optimum solve_optimum(const data::Dataset& data, const loss::Loss& loss, double l2, machine::Team& team,
                      const OptimumOptions& options);

/// About how many bytes solve_optimum() takes besides the data: mostly vectors of doubles as long as the weights.
double optimum_bytes(std::size_t rows, const loss::Loss& loss, std::size_t features, std::size_t outputs);

/// f(0), in double; empty if the time limit passed first.
std::optional<double> starting_value(const data::Dataset& data, const loss::Loss& loss, double l2, machine::Team& team,
                                     const OptimumOptions& options);

/// f(w), in double, for tests and for δ of stored weights. w (outputs × features,).
double exact_value(const data::Dataset& data, const loss::Loss& loss, double l2, std::span<const double> w,
                   machine::Team& team);

}  // namespace descent::solve
