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
  double relative_gap = 1e-9;         ///< asked for: gap <= relative_gap × max(f*, …) on smooth losses
  double kinked_relative_gap = 1e-6;  ///< on losses with kinks
  double kinked_gap_share = 0;        ///< there, and where > 0: gap <= this share of f(0) − f* too
  double max_seconds = 300;
  std::uint64_t seed = 1;
  /// Even inside a pass, of which there may be one that takes longer than all of a budget: nothing is known then.
  std::optional<std::chrono::steady_clock::time_point> give_up_at;
  const std::atomic<bool>* cancel = nullptr;
};

/// The reference optimum f* with its certificate (methodology §1), in double throughout.
struct Optimum {
  std::string kind;             ///< certified, best_known, none
  std::string solver;           ///< "L-BFGS + Newton-CG", "dual coordinate ascent + Newton", …
  std::optional<double> value;  ///< primal value reached (an upper bound of f*)
  std::optional<double> gap;    ///< certified bound on value − f*
  std::optional<double> dual, gradient_norm;
  std::optional<double> curvature_least, curvature_most;  ///< of ∇²f there: see solve/curvature.hpp
  std::vector<record::SolverPoint> passage;
  std::vector<double> weights;  ///< (outputs × features,)
  std::string note;
};

/// f(W) = (1/N) Σ loss + (l2/2)‖W‖². Knows of the loss what it answers (loss.hpp); where an answer that the certificate
/// needs is missing the kind is best_known. Deterministic for given data, loss, l2 and options, whatever the team.
Optimum solve_optimum(const data::Dataset& data, const loss::Loss& loss, double l2, machine::Team& team,
                      const OptimumOptions& options);

/// Bytes that solve_optimum takes beside the data, about: vectors of doubles as long as the weights.
double optimum_bytes(std::size_t rows, const loss::Loss& loss, std::size_t features, std::size_t outputs);

/// f(0), in double; nothing where it was to be given up before it was known.
std::optional<double> starting_value(const data::Dataset& data, const loss::Loss& loss, double l2, machine::Team& team,
                                     const OptimumOptions& options);

/// f(W), in double, for tests and for δ of stored weights. w (outputs × features,).
double exact_value(const data::Dataset& data, const loss::Loss& loss, double l2, std::span<const double> w,
                   machine::Team& team);

}  // namespace descent::solve
