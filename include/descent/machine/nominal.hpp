#pragma once

#include <cstddef>

namespace descent::machine::nominal {

// What things cost on one core, in seconds: the one table behind every estimate that must not depend on a clock or is
// made before anything could be measured. Four things derive from it: how a step is shared before roofs are known
// (engine/cost_model), which gradient noise is measured (train/moments_cost, sweep/stages/noise_budget), and how long a
// sweep takes (sweep/plan/estimate). The first is replaced by measured roofs; the next two decide what a report holds,
// so they are equal on every machine, and a change here changes reports; the last only informs.
//
// The machine: one virtual core of an AMD EPYC with AVX-512. Steps, passes and moments were measured there on MNIST,
// a9a, mushrooms and synthA (decision 0012 has formula and clock beside each other); cache, join and line are rounded
// figures of its probes.

// Steps in float32 by `fused`: the faster of what was measured, so that a share of training errs on the small side.
inline constexpr double kFlop = 1.3e-11;         ///< of a product; 77 GFLOP/s
inline constexpr double kRow = 8e-9;             ///< a row beside its products: the gather, the loss
inline constexpr double kStep = 1.5e-7;          ///< a step beside its rows: the call, the update
inline constexpr double kScore = 1e-9;           ///< derivative of a loss, of one score
inline constexpr double kCacheByte = 1 / 60e9;   ///< read from L2
inline constexpr double kSharedByte = 1 / 20e9;  ///< read from beyond it
inline constexpr double kJoin = 1e-7;            ///< one phase of a team, a block a worker
inline constexpr double kLine = 2.5e-8;          ///< a cache line that another core wrote, in a stream of such lines
inline constexpr std::size_t kL2Bytes = 512U << 10;

// The value f of all rows in float32: the slower of what was measured.
inline constexpr double kPass = 5e-6;     ///< a pass beside its rows
inline constexpr double kPassRow = 4e-8;  ///< a row beside its products

// Moments in double, Eigen's products on float rows: each within a factor of two of what was measured.
inline constexpr double kDoubleFlop = 1.2e-10;   ///< of a product
inline constexpr double kDoubleElement = 4e-10;  ///< of a row that is read, squared or copied
inline constexpr double kDoubleRow = 8e-8;       ///< virtual calls and bookkeeping of a row
inline constexpr double kDoubleGather = 1.5e-7;  ///< a row from anywhere
inline constexpr double kDoubleScore = 2.5e-8;   ///< an exp or log, for value, gradient or Hessian
inline constexpr double kEigenCube = 6e-9;       ///< p x p eigen-decomposition and the products after it, of p^3
inline constexpr double kSampledBatch = 1e-6;    ///< buffers and the sampler of one sampled batch

// What a sweep does beside its steps.
inline constexpr double kPiece = 0.002;           ///< to keep a finished piece in the journal
inline constexpr double kProcess = 0.3;           ///< to start one that takes timings
inline constexpr double kLoadedByte = 1 / 150e6;  ///< of the features, read again by each of them
inline constexpr double kTimingSample = 0.0125;   ///< at least
inline constexpr double kSentinels = 0.015;       ///< beside each sample
inline constexpr double kKinkedSolverRow = 2e-8;  ///< of a pass of the solver for losses with kinks, at least

// Parts of a row's way through value and gradient, which an estimate times for itself before it is made.
inline constexpr double kUpdateRows = 1.5;          ///< a step beside its rows: the update of all weights
inline constexpr double kEvaluationRow = 0.85;      ///< one row through all metrics
inline constexpr double kTrialEvaluationRow = 0.5;  ///< one row through f alone
inline constexpr double kSmoothSolverRow = 3;       ///< in double, a pass of the solver for smooth losses
inline constexpr double kKinkedSolverPart = 0.5;    ///< dual ascent skips most rows

}  // namespace descent::machine::nominal
