#pragma once

#include <cstddef>

#include "descent/engine/plan.hpp"

namespace descent::engine {

// Glossary: x inputs, w weights, s scores, g gradient, k outputs, r rows. A vector is 16 floats. Weights and gradients
// are padded: (outputs, stride) with stride a multiple of 16 and zeros behind the features.

/// Rows to prefetch into cache during a call, spread evenly over it: of each row, as many lines as the call has
/// vectors. All at once they would stall, since a core can have only a few outstanding misses; spread out, memory and
/// arithmetic work at the same time.
struct Fetch {
  const float* const* x = nullptr;  // (rows,)
  std::size_t rows = 0;
};

/// Scores of rows over vectors [begin, end): s[k * s_stride + r] = Σ x[r]·w[k] over 16 lanes, then the lane tree.
struct ForwardCall {
  const float* const* x;  // (rows,) row pointers
  std::size_t rows;
  const float* w;
  std::size_t w_stride, outputs, begin, end;
  float* s;
  std::size_t s_stride;
  Fetch fetch;
};

/// Gradient of rows over vectors [begin, end): g[k, j] = g₀ + Σ_r slope[k, r]·x[r, j], one fma chain in row order. g₀ =
/// 0, or fma(grow, g[k, j], g[k, j]) if `add`. Slopes are read up to the next multiple of 4 rows.
struct BackwardCall {
  const float* const* x;
  std::size_t rows;
  const float* slope;
  std::size_t slope_stride, outputs, begin, end;
  float* g;
  std::size_t g_stride;
  bool add;
  Fetch fetch;
  float grow = 0;
};

/// Joins the row blocks' gradients in the fixed tree and finishes the mean: per element of outputs × vectors [begin,
/// end)
///   g = fma(l2, w, tree(partials) × scale);   w ← fma(−rate, g, w) if `w_out`, and g is stored if `g_out`.
struct FinishCall {
  const float* partials;
  std::size_t blocks, block_stride;  // partials of block b at partials + b * block_stride
  const float* w;
  std::size_t stride, outputs, begin, end;
  float scale, l2, rate;
  float* w_out;  // == w, or null
  float* g_out;  // may be null
};

/// Inner products of a group's rows over vectors [begin, end): products[i * kMostGroupSteps + j] = x[i]·x[j] for i < j
/// < rows, summed as scores are. Other entries may be written too.
struct GramCall {
  const float* const* x;  // (kMostGroupSteps,) row pointers; those beyond `rows` must be valid but may point to any row
  std::size_t rows, begin, end;
  float* products;
};

/// Goes on to step `step` of a group. The earlier moves are scaled to the weights of this step, and the move of step −
/// 1 is added:
///   moves[i, k] ← keeps × moves[i, k] for i < step − 1,   moves[step − 1, k] = rate × slope[k]
/// and the scores of this step follow from those at the group's first weights:
///   s[k] = fma(grow, first[k], first[k]), then s[k] = fma(−moves[i, k], products[i], s[k]) for i = 0 … step − 1
/// first, s, slope (width,), moves (step, width): outputs, padded to whole vectors; products[i * kMostGroupSteps]. s
/// may be `first`.
struct GroupStepCall {
  const float* first;  // null behind a group's last step: no scores are computed, and the moves are negated in the end
  float grow;
  float* moves;
  const float* products;
  std::size_t step, width;
  const float* slope;  // of step − 1, as rate and keeps are; not read if step is 0
  float rate, keeps;
  float* s;
};

/// Transposes column-major numbers to row-major: to[r * to_stride + k] = from[k * from_stride + r]. Reads and writes up
/// to the next multiple of 4 rows and columns; the values written there have no meaning. from and to are aligned to 16
/// bytes, the strides multiples of 4.
struct TurnCall {
  const float* from;
  std::size_t from_stride, columns, rows;
  float* to;
  std::size_t to_stride;
};

/// Sums feature blocks' partial scores in the fixed tree: s[k, r] = tree_b partial[b][k, r].
struct JoinScoresCall {
  const float* partials;
  std::size_t blocks, block_stride;
  std::size_t outputs, rows, stride;  // the same stride in partials and s
  float* s;
};

struct FusedMicrokernels {
  void (*forward)(const ForwardCall&) noexcept;
  void (*backward)(const BackwardCall&) noexcept;
  void (*finish)(const FinishCall&) noexcept;
  void (*gram)(const GramCall&) noexcept;
  void (*group_step)(const GroupStepCall&) noexcept;
  void (*join_scores)(const JoinScoresCall&) noexcept;
  void (*turn)(const TurnCall&) noexcept;
  const char* target;  // "AVX2", "AVX3", "NEON", …
  /// How many of `rows` rows, which are to be prefetched during scores and gradient, `forward` should prefetch.
  std::size_t (*fetched_by_forward)(std::size_t rows, std::size_t outputs) noexcept;
};

/// The kernels for the best instruction set this machine has; null where it has no fused multiply-add.
const FusedMicrokernels* fused_microkernels();

}  // namespace descent::engine
