#pragma once

#include <cstddef>

namespace descent::machine::nominal {

// What operations cost on one core, in seconds. Estimates use this table if they must not depend on a clock, or if they
// are made before anything could be measured. engine/cost_model shares a step by it until the roofs are measured.
// train/moments_cost and sweep/stages/noise_budget choose by it which gradient noise is measured: the choice is the
// same on every machine, and a change of this table changes what reports hold. sweep/plan/estimate predicts by it how
// long a sweep takes, which only informs.
//
// The machine: one virtual core of an AMD EPYC with AVX-512. Steps, passes and moments were measured there on MNIST,
// a9a, mushrooms and synthA (decision 0012 compares formula and measurement); the costs of cache, join and line are
// rounded results of its probes.

// Steps in float32 by `fused`: the fastest that was measured, so that a budget given as a share of training is rather
// too small than too large.
inline constexpr double kFlop = 1.3e-11;         ///< of a product; 77 GFLOP/s
inline constexpr double kRow = 8e-9;             ///< a row, besides its products: the gather, the loss
inline constexpr double kStep = 1.5e-7;          ///< a step, besides its rows: the call, the update
inline constexpr double kScore = 1e-9;           ///< derivative of a loss, of one score
inline constexpr double kCacheByte = 1 / 60e9;   ///< read from L2
inline constexpr double kSharedByte = 1 / 20e9;  ///< read from beyond L2
inline constexpr double kJoin = 1e-7;            ///< one phase of a team, with one block per worker
inline constexpr double kLine = 2.5e-8;          ///< a cache line that another core wrote, in a stream of such lines
inline constexpr std::size_t kL2Bytes = 512U << 10;

// The value f over all rows in float32: the slowest that was measured.
inline constexpr double kPass = 5e-6;     ///< a pass, besides its rows
inline constexpr double kPassRow = 4e-8;  ///< a row, besides its products

// Moments in double, Eigen's products on float rows: each within a factor of two of what was measured.
inline constexpr double kDoubleFlop = 1.2e-10;   ///< of a product
inline constexpr double kDoubleElement = 4e-10;  ///< of a row that is read, squared or copied
inline constexpr double kDoubleRow = 8e-8;       ///< virtual calls and bookkeeping of a row
inline constexpr double kDoubleGather = 1.5e-7;  ///< a row at a random place in memory
inline constexpr double kDoubleScore = 2.5e-8;   ///< an exp or log, for value, gradient or Hessian
inline constexpr double kEigenCube = 6e-9;       ///< p x p eigen-decomposition and the products after it, of p^3
inline constexpr double kSampledBatch = 1e-6;    ///< buffers and the sampler of one sampled batch

// What a sweep does besides its steps.
inline constexpr double kPiece = 0.002;           ///< to keep a finished piece in the journal
inline constexpr double kProcess = 0.3;           ///< to start a process that takes timings
inline constexpr double kLoadedByte = 1 / 150e6;  ///< per byte of features, which each such process reads again
inline constexpr double kTimingSample = 0.0125;   ///< a timing sample takes at least this
inline constexpr double kSentinels = 0.015;       ///< the sentinels beside each sample
inline constexpr double kKinkedSolverRow = 2e-8;  ///< a row in a pass of the solver for losses with kinks, at least

// These are relative to the time of one row through value and gradient, which the estimate measures first.
inline constexpr double kUpdateRows = 1.5;          ///< a step, besides its rows: the update of all weights
inline constexpr double kEvaluationRow = 0.85;      ///< one row through all metrics
inline constexpr double kTrialEvaluationRow = 0.5;  ///< one row through f alone
inline constexpr double kSmoothSolverRow = 3;       ///< a row in a pass of the solver for smooth losses, in double
/// a row in a pass of the solver for losses with kinks: dual ascent skips most rows
inline constexpr double kKinkedSolverPart = 0.5;

}  // namespace descent::machine::nominal
