#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/engines/fused_kernels.cpp"
#include "engine/engines/fused_kernels.hpp"

#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include <algorithm>

HWY_BEFORE_NAMESPACE();
namespace descent::engine {
namespace HWY_NAMESPACE {
#if HWY_NATIVE_FMA
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Registers decide the tiles. With 32 of them a forward tile of 4 rows × 5 columns keeps 20 sums and loads 9 vectors
// for 20 multiply-adds; with 16 (AVX2), 4 × 3. GCC 12 keeps arrays of vectors in registers only where the loops over
// them are unrolled by pragma.
#if HWY_TARGET == HWY_AVX2
constexpr std::size_t kForwardColumns = 3;
#else
constexpr std::size_t kForwardColumns = 5;
#endif
constexpr std::size_t kForwardRows = 4;
constexpr std::size_t kBackwardColumns = 5;
constexpr std::size_t kVector = 16;

const hn::CappedTag<float, kVector> d;
using D = decltype(d);
using V = hn::Vec<D>;
constexpr std::size_t kNative = hn::MaxLanes(D());
constexpr std::size_t kParts = kVector / kNative;  // native vectors in 16 lanes

#define DESCENT_UNROLL _Pragma("GCC unroll 32")

/// Asks for a cache line, into L2: L1 is full of what is being worked on.
HWY_INLINE void fetch_line(const float* p) { __builtin_prefetch(p, 0, 2); }

/// Native vectors of gradient that a backward tile holds for `columns` columns.
constexpr std::size_t backward_width(std::size_t columns) {
#if HWY_TARGET == HWY_AVX2
  return columns == 1 ? 8 : columns == 2 ? 6 : columns == 3 ? 4 : columns == 4 ? 3 : 2;
#else
  return columns == 1 ? 8 : columns == 2 ? 8 : columns == 3 ? 6 : columns == 4 ? 5 : 4;
#endif
}

const hn::FixedTag<float, 4> d4;
using V4 = hn::Vec<decltype(d4)>;

/// The first two levels of the lane tree, 16 → 8 → 4: lane l + lane l+8, then l+4. parts: kParts native vectors.
template <class Tag>
HWY_INLINE V4 fold_to_four(Tag tag, const hn::Vec<Tag>* parts) {
  if constexpr (hn::MaxLanes(Tag()) == 16) {
    const hn::Half<Tag> half;
    const hn::Half<decltype(half)> quarter;
    const auto eight = hn::Add(hn::LowerHalf(half, parts[0]), hn::UpperHalf(half, parts[0]));
    return hn::Add(hn::LowerHalf(quarter, eight), hn::UpperHalf(quarter, eight));
  } else if constexpr (hn::MaxLanes(Tag()) == 8) {
    const hn::Half<Tag> half;
    const auto eight = hn::Add(parts[0], parts[1]);
    return hn::Add(hn::LowerHalf(half, eight), hn::UpperHalf(half, eight));
  } else {
    (void)tag;
    return hn::Add(hn::Add(parts[0], parts[2]), hn::Add(parts[1], parts[3]));
  }
}

/// The last two levels for four sums at once: result lane i is the sum of fold i.
HWY_INLINE V4 fold_four(V4 a, V4 b, V4 c, V4 e) {
  const V4 ab = hn::Add(hn::ConcatLowerLower(d4, b, a), hn::ConcatUpperUpper(d4, b, a));
  const V4 ce = hn::Add(hn::ConcatLowerLower(d4, e, c), hn::ConcatUpperUpper(d4, e, c));
  return hn::Add(hn::ConcatEven(d4, ce, ab), hn::ConcatOdd(d4, ce, ab));
}

/// Scores of Rows rows × Columns columns, while Fetched rows are fetched.
template <std::size_t Rows, std::size_t Columns, std::size_t Fetched>
HWY_INLINE void forward_tile(const ForwardCall& call, std::size_t row, std::size_t column, const float* const* fetch) {
  const float* x[Rows];
  DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) x[r] = call.x[row + r];
  const float* const w = call.w + column * call.w_stride;
  V parts[Columns * Rows][kParts];
  for (std::size_t part = 0; part < kParts; ++part) {
    V sum[Columns][Rows];
    DESCENT_UNROLL for (std::size_t k = 0; k < Columns; ++k) {
      DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) sum[k][r] = hn::Zero(d);
    }
    const std::size_t begin = call.begin * kVector + part * kNative, end = call.end * kVector;
    for (std::size_t j = begin; j < end; j += kVector) {
      if constexpr (Fetched > 0) {
        if (part == 0) {
          DESCENT_UNROLL for (std::size_t f = 0; f < Fetched; ++f) fetch_line(fetch[f] + j);
        }
      }
      V weight[Columns];
      DESCENT_UNROLL for (std::size_t k = 0; k < Columns; ++k) weight[k] = hn::Load(d, w + k * call.w_stride + j);
      DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) {
        const V input = hn::Load(d, x[r] + j);
        DESCENT_UNROLL for (std::size_t k = 0; k < Columns; ++k) sum[k][r] = hn::MulAdd(input, weight[k], sum[k][r]);
      }
    }
    DESCENT_UNROLL for (std::size_t k = 0; k < Columns; ++k) {
      DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) parts[k * Rows + r][part] = sum[k][r];
    }
  }
  DESCENT_UNROLL for (std::size_t k = 0; k < Columns; ++k) {
    float* const s = call.s + (column + k) * call.s_stride + row;
    const V4 first = fold_to_four(d, parts[k * Rows]);
    if constexpr (Rows == 4) {
      hn::StoreU(fold_four(first, fold_to_four(d, parts[k * Rows + 1]), fold_to_four(d, parts[k * Rows + 2]),
                           fold_to_four(d, parts[k * Rows + 3])),
                 d4, s);
    } else {
      const V4 zero = hn::Zero(d4);
      HWY_ALIGN float lanes[4];
      hn::Store(fold_four(first, Rows > 1 ? fold_to_four(d, parts[k * Rows + (Rows > 1 ? 1 : 0)]) : zero,
                          Rows > 2 ? fold_to_four(d, parts[k * Rows + (Rows > 2 ? 2 : 0)]) : zero, zero),
                d4, lanes);
      for (std::size_t r = 0; r < Rows; ++r) s[r] = lanes[r];
    }
  }
}

template <std::size_t Columns>
HWY_NOINLINE void forward_columns(const ForwardCall& call, std::size_t column, std::size_t group, std::size_t groups) {
  const std::size_t full = call.rows / kForwardRows, tiles = full * groups;
  for (std::size_t t = 0; t < full; ++t) {
    // Tile number n of all tiles of this call fetches rows [fetch.rows·n/tiles, fetch.rows·(n+1)/tiles): at most two.
    const std::size_t n = group * full + t, from = call.fetch.rows * n / tiles, to = call.fetch.rows * (n + 1) / tiles;
    const float* const* const fetch = call.fetch.x + from;
    if (to == from)
      forward_tile<kForwardRows, Columns, 0>(call, t * kForwardRows, column, fetch);
    else if (to == from + 1)
      forward_tile<kForwardRows, Columns, 1>(call, t * kForwardRows, column, fetch);
    else
      forward_tile<kForwardRows, Columns, 2>(call, t * kForwardRows, column, fetch);
  }
  const std::size_t row = full * kForwardRows;
  switch (call.rows - row) {
    case 3:
      return forward_tile<3, Columns, 0>(call, row, column, nullptr);
    case 2:
      return forward_tile<2, Columns, 0>(call, row, column, nullptr);
    case 1:
      return forward_tile<1, Columns, 0>(call, row, column, nullptr);
    default:
      return;
  }
}

/// Calls visit(first column, columns, group, groups) for groups of at most Most columns, as even as they come.
template <std::size_t Most, class Visit>
HWY_INLINE void for_column_groups(std::size_t columns, const Visit& visit) {
  const std::size_t groups = (columns + Most - 1) / Most;
  for (std::size_t group = 0; group < groups; ++group) {
    const std::size_t begin = columns * group / groups;
    visit(begin, columns * (group + 1) / groups - begin, group, groups);
  }
}

void forward(const ForwardCall& call) noexcept {
  for_column_groups<kForwardColumns>(
      call.columns, [&call](std::size_t column, std::size_t count, std::size_t group, std::size_t groups) HWY_ATTR {
        switch (count) {
          case 1:
            return forward_columns<1>(call, column, group, groups);
          case 2:
            return forward_columns<2>(call, column, group, groups);
          case 3:
            return forward_columns<3>(call, column, group, groups);
#if HWY_TARGET != HWY_AVX2
          case 4:
            return forward_columns<4>(call, column, group, groups);
          case 5:
            return forward_columns<5>(call, column, group, groups);
#endif
          default:
            return;
        }
      });
}

/// Gradient of Columns columns × Width native vectors from element j on; fetches the lines at j of the given rows
/// meanwhile.
template <std::size_t Columns, std::size_t Width, bool Fetching>
HWY_INLINE void backward_tile(const BackwardCall& call, std::size_t column, std::size_t j, const Fetch& fetch) {
  V sum[Columns][Width];
  float* const g = call.g + column * call.g_stride + j;
  const V grow = hn::Set(d, call.grow);
  DESCENT_UNROLL for (std::size_t k = 0; k < Columns; ++k) {
    DESCENT_UNROLL for (std::size_t v = 0; v < Width; ++v) {
      sum[k][v] = hn::Zero(d);
      if (call.add) {
        const V before = hn::Load(d, g + k * call.g_stride + v * kNative);
        sum[k][v] = hn::MulAdd(grow, before, before);
      }
    }
  }
  const float* const slope = call.slope + column * call.slope_stride;
  std::size_t fetched = 0, due = 0;  // due grows by fetch.rows a row; a fetch is made whenever it has passed call.rows
  for (std::size_t r = 0; r < call.rows; ++r) {
    if constexpr (Fetching) {
      due += fetch.rows;
      if (due >= call.rows) {
        due -= call.rows;
        const float* const next = fetch.x[fetched++] + j;
        DESCENT_UNROLL for (std::size_t v = 0; v < Width; v += kParts) fetch_line(next + v * kNative);
      }
    }
    const float* const x = call.x[r] + j;
    V input[Width];
    DESCENT_UNROLL for (std::size_t v = 0; v < Width; ++v) input[v] = hn::Load(d, x + v * kNative);
    DESCENT_UNROLL for (std::size_t k = 0; k < Columns; ++k) {
      const V factor = hn::Set(d, slope[k * call.slope_stride + r]);
      DESCENT_UNROLL for (std::size_t v = 0; v < Width; ++v) sum[k][v] = hn::MulAdd(factor, input[v], sum[k][v]);
    }
  }
  DESCENT_UNROLL for (std::size_t k = 0; k < Columns; ++k) {
    DESCENT_UNROLL for (std::size_t v = 0; v < Width; ++v) hn::Store(sum[k][v], d, g + k * call.g_stride + v * kNative);
  }
}

template <std::size_t Columns, bool Fetching>
HWY_NOINLINE void backward_columns(const BackwardCall& call, std::size_t column, const Fetch& fetch) {
  constexpr std::size_t width = backward_width(Columns);
  std::size_t j = call.begin * kVector;
  const std::size_t end = call.end * kVector;
  for (; j + width * kNative <= end; j += width * kNative)
    backward_tile<Columns, width, Fetching>(call, column, j, fetch);
  if constexpr (width > 2)
    for (; j + 2 * kNative <= end; j += 2 * kNative) backward_tile<Columns, 2, Fetching>(call, column, j, fetch);
  for (; j < end; j += kNative) backward_tile<Columns, 1, Fetching>(call, column, j, fetch);
}

template <std::size_t Columns>
HWY_INLINE void backward_fetching(const BackwardCall& call, std::size_t column, const Fetch& fetch) {
  if (fetch.rows > 0)
    backward_columns<Columns, true>(call, column, fetch);
  else
    backward_columns<Columns, false>(call, column, fetch);
}

void backward(const BackwardCall& call) noexcept {
  for_column_groups<kBackwardColumns>(
      call.columns, [&call](std::size_t column, std::size_t count, std::size_t group, std::size_t groups) HWY_ATTR {
        const std::size_t from = call.fetch.rows * group / groups;
        const Fetch fetch{call.fetch.x + from, call.fetch.rows * (group + 1) / groups - from};
        switch (count) {
          case 1:
            return backward_fetching<1>(call, column, fetch);
          case 2:
            return backward_fetching<2>(call, column, fetch);
          case 3:
            return backward_fetching<3>(call, column, fetch);
          case 4:
            return backward_fetching<4>(call, column, fetch);
          case 5:
            return backward_fetching<5>(call, column, fetch);
          default:
            return;
        }
      });
}

/// tree(blocks): pairs of equal size are joined as soon as both are there, what is left from the last to the first.
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
  for (std::size_t k = 0; k < call.columns; ++k) {
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

/// Inner products x[i]·x[j], Rows of them from `row` with Columns from `column`; in a triangle (row == column) those
/// with i < j alone.
template <std::size_t Rows, std::size_t Columns, bool Triangle>
HWY_INLINE void gram_tile(const GramCall& call, std::size_t row, std::size_t column) {
  V parts[Rows][4][kParts];  // four columns, for the fold
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

void group_scores(const GroupScoresCall& call) noexcept {
  const V grow = hn::Set(d, call.grow);
  for (std::size_t k = 0; k < call.width; k += kNative) {
    const V first = hn::Load(d, call.first + k);
    V sum = hn::MulAdd(grow, first, first);
    for (std::size_t i = 0; i < call.step; ++i)
      sum = hn::NegMulAdd(hn::Load(d, call.moves + i * call.width + k), hn::Set(d, call.products[i * kMostGroupSteps]),
                          sum);
    hn::Store(sum, d, call.s + k);
  }
  for (std::size_t k = 0; k < call.columns; ++k) {
    const V score = hn::Set(d, call.s[k]);
    for (std::size_t part = 0; part < kParts; ++part) hn::Store(score, d, call.tile + k * kVector + part * kNative);
  }
}

void join_scores(const JoinScoresCall& call) noexcept {
  for (std::size_t k = 0; k < call.columns; ++k)
    for (std::size_t r = 0; r < call.rows; r += kNative) {
      const std::size_t at = k * call.stride + r;
      hn::Store(tree(call.partials + at, call.blocks, call.block_stride), d, call.s + at);
    }
}

}  // namespace
#endif  // HWY_NATIVE_FMA

const FusedKernels* kernels_of_target() {
#if HWY_NATIVE_FMA
  static const FusedKernels kernels{
      forward, backward, finish, gram, group_scores, join_scores, hwy::TargetName(HWY_TARGET)};
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

const FusedKernels* fused_kernels() { return HWY_DYNAMIC_DISPATCH(kernels_of_target)(); }

}  // namespace descent::engine
#endif
