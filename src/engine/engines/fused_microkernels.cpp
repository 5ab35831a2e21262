#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/engines/fused_microkernels.cpp"
#include "engine/engines/fused_microkernels.hpp"

#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include <algorithm>

#include "engine/engines/fused_backward-inl.hpp"
#include "engine/engines/fused_forward-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace descent::engine {
namespace HWY_NAMESPACE {
#if HWY_NATIVE_FMA
namespace {

/// The sum of `blocks` values in the fixed tree: pairs of subtrees of equal size are joined as soon as both exist; the
/// rest is joined from the last to the first.
HWY_INLINE V tree(const float* p, std::size_t blocks, std::size_t stride) {
  if (blocks == 1) return hn::Load(d, p);
  V stack[16];
  std::size_t depth = 0;
  for (std::size_t b = 0; b < blocks; ++b) {
    V sum = hn::Load(d, p + b * stride);
    for (std::size_t size = b; size & 1; size >>= 1) sum = hn::Add(stack[--depth], sum);
    stack[depth++] = sum;
  }
  V sum = stack[--depth];
  while (depth > 0) sum = hn::Add(stack[--depth], sum);
  return sum;
}

void finish(const FinishCall& call) noexcept {
  const V scale = hn::Set(d, call.scale), l2 = hn::Set(d, call.l2), rate = hn::Set(d, call.rate);
  for (std::size_t k = 0; k < call.outputs; ++k) {
    for (std::size_t j = call.begin * kVector; j < call.end * kVector; j += kNative) {
      const std::size_t at = k * call.stride + j;
      const V w = hn::Load(d, call.w + at);
      const V sum = tree(call.partials + at, call.blocks, call.block_stride);
      const V g = hn::MulAdd(l2, w, hn::Mul(sum, scale));
      if (call.g_out != nullptr) hn::Store(g, d, call.g_out + at);
      if (call.w_out != nullptr) hn::Store(hn::NegMulAdd(rate, g, w), d, call.w_out + at);
    }
  }
}

/// Inner products x[i]·x[j] for Rows rows i from `row` on and Columns rows j from `column` on; in a triangle (row ==
/// column) only those with i < j.
template <std::size_t Rows, std::size_t Columns, bool Triangle>
HWY_INLINE void gram_tile(const GramCall& call, std::size_t row, std::size_t column) {
  V parts[Rows][4][kParts];  // four columns, since the fold takes four
  for (std::size_t part = 0; part < kParts; ++part) {
    V sum[Rows][Columns];
    DESCENT_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
      DESCENT_UNROLL for (std::size_t j = 0; j < Columns; ++j) sum[i][j] = hn::Zero(d);
    }
    const std::size_t end = call.end * kVector;
    for (std::size_t at = call.begin * kVector + part * kNative; at < end; at += kVector) {
      V left[Rows], right[Columns];
      DESCENT_UNROLL for (std::size_t i = 0; i < Rows; ++i) left[i] = hn::Load(d, call.x[row + i] + at);
      DESCENT_UNROLL for (std::size_t j = 0; j < Columns; ++j) right[j] =
          Triangle ? (j < Rows ? left[j < Rows ? j : 0] : hn::Zero(d)) : hn::Load(d, call.x[column + j] + at);
      DESCENT_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
        DESCENT_UNROLL for (std::size_t j = Triangle ? i + 1 : 0; j < Columns; ++j) sum[i][j] =
            hn::MulAdd(left[i], right[j], sum[i][j]);
      }
    }
    DESCENT_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
      DESCENT_UNROLL for (std::size_t j = 0; j < 4; ++j) parts[i][j][part] = j < Columns ? sum[i][j] : hn::Zero(d);
    }
  }
  DESCENT_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
    const V4 folded = fold_four(fold_to_four(d, parts[i][0]), fold_to_four(d, parts[i][1]),
                                fold_to_four(d, parts[i][2]), fold_to_four(d, parts[i][3]));
    hn::StoreU(folded, d4, call.products + (row + i) * kMostGroupSteps + column);
  }
}

void gram(const GramCall& call) noexcept {
  static_assert(kMostGroupSteps == 8);
  gram_tile<4, 4, true>(call, 0, 0);
  if (call.rows <= 4) return;
  gram_tile<4, 4, true>(call, 4, 4);
#if HWY_TARGET == HWY_AVX2
  gram_tile<2, 4, false>(call, 0, 4);
  gram_tile<2, 4, false>(call, 2, 4);
#else
  gram_tile<4, 4, false>(call, 0, 4);
#endif
}

void group_step(const GroupStepCall& call) noexcept {
  const V grow = hn::Set(d, call.grow), rate = hn::Set(d, call.rate), keeps = hn::Set(d, call.keeps);
  const bool scores = call.first != nullptr;
  for (std::size_t k = 0; k < call.width; k += kNative) {
    V sum = hn::Zero(d);
    if (scores) {
      const V first = hn::Load(d, call.first + k);
      sum = hn::MulAdd(grow, first, first);
    }
    for (std::size_t i = 0; i < call.step; ++i) {
      float* const at = call.moves + i * call.width + k;
      const V move = i + 1 < call.step ? hn::Mul(keeps, hn::Load(d, at)) : hn::Mul(rate, hn::Load(d, call.slope + k));
      hn::Store(scores ? move : hn::Neg(move), d, at);
      if (scores) sum = hn::NegMulAdd(move, hn::Set(d, call.products[i * kMostGroupSteps]), sum);
    }
    if (scores) hn::Store(sum, d, call.s + k);
  }
}

void join_scores(const JoinScoresCall& call) noexcept {
  for (std::size_t k = 0; k < call.outputs; ++k)
    for (std::size_t r = 0; r < call.rows; r += kNative) {
      const std::size_t at = k * call.stride + r;
      hn::Store(tree(call.partials + at, call.blocks, call.block_stride), d, call.s + at);
    }
}

/// Measured on Zen 5 with AVX-512 and shuffled rows, in ms per epoch, if the scores prefetch none, 3/8 or half of the
/// rows: ten outputs at batch 32: 15.6, 13.1, 13.2; 26 outputs: 15.2, 15.9, 15.3. One output at batch 1,024, whose
/// eight streams the hardware prefetches by itself: 6.9 with none, 7.7 with half.
std::size_t fetched_by_forward(std::size_t rows, std::size_t outputs) noexcept {
  if (!kWide) return rows / 2;
  if (outputs == 1) return 0;
  constexpr std::size_t none = 16;  // from so many outputs on, the gradient alone lasts long enough for all rows
  return rows * std::min(none / 2, none - std::min(none, outputs)) / none;
}

void turn_all(const TurnCall& call) noexcept { turn(call); }

}  // namespace
#endif  // HWY_NATIVE_FMA

const FusedMicrokernels* kernels_of_target() {
#if HWY_NATIVE_FMA
  static const FusedMicrokernels kernels{.forward = forward,
                                         .backward = backward,
                                         .finish = finish,
                                         .gram = gram,
                                         .group_step = group_step,
                                         .join_scores = join_scores,
                                         .turn = turn_all,
                                         .target = hwy::TargetName(HWY_TARGET),
                                         .fetched_by_forward = fetched_by_forward};
  return &kernels;
#else
  return nullptr;
#endif
}

}  // namespace HWY_NAMESPACE
}  // namespace descent::engine
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::engine {

HWY_EXPORT(kernels_of_target);

const FusedMicrokernels* fused_microkernels() { return HWY_DYNAMIC_DISPATCH(kernels_of_target)(); }

}  // namespace descent::engine
#endif
