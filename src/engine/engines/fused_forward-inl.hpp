// Scores of a tile of rows (once per instruction set).
#include "engine/engines/fused_microkernels.hpp"
#include "engine/engines/fused_narrow-inl.hpp"
#include "engine/engines/fused_vectors-inl.hpp"

#if defined(DESCENT_FUSED_FORWARD_TOGGLE) == defined(HWY_TARGET_TOGGLE)
#ifdef DESCENT_FUSED_FORWARD_TOGGLE
#undef DESCENT_FUSED_FORWARD_TOGGLE
#else
#define DESCENT_FUSED_FORWARD_TOGGLE
#endif

HWY_BEFORE_NAMESPACE();
namespace descent::engine {
namespace HWY_NAMESPACE {
#if HWY_NATIVE_FMA
namespace {

// The number of registers decides the size of tiles. With 32 registers the sums of 4 rows × 5 outputs stay in
// registers, and 9 vector loads feed 20 multiply-adds; with 16 (AVX2), 4 rows × 3 outputs.
#if HWY_TARGET == HWY_AVX2
constexpr std::size_t kForwardOutputs = 3;
#else
constexpr std::size_t kForwardOutputs = 5;
#endif

/// Rows of a tile. With one or two outputs memory bandwidth is the limit, and eight rows keep more loads under way than
/// four.
constexpr std::size_t forward_rows(std::size_t outputs) { return kWide && outputs <= 2 ? 8 : 4; }

/// Whether all loads of an iteration come before its multiply-adds. The processor divides multiply-adds over its two
/// pipes as they are decoded, and loads between them may make the division uneven: on one Zen 5 host a 4 × 5 tile in L1
/// reached 81 % of the peak with loads in between and 100 % without; on another host there was no difference. With
/// fewer outputs, where memory is the limit, loading first is slower.
constexpr bool loads_first(std::size_t outputs) { return kWide && outputs >= 4; }

/// Computes the scores of Rows rows × Outputs outputs into s[k * s_stride + row …], and prefetches Fetched rows
/// meanwhile.
template <std::size_t Rows, std::size_t Outputs, std::size_t Fetched>
HWY_INLINE void forward_tile(const ForwardCall& call, std::size_t row, std::size_t output, const float* const* fetch) {
  const float* x[Rows];
  DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) x[r] = call.x[row + r];
  const float* const w = call.w + output * call.w_stride;
  V parts[Outputs * Rows][kParts];
  for (std::size_t part = 0; part < kParts; ++part) {
    V sum[Outputs][Rows];
    DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) {
      DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) sum[k][r] = hn::Zero(d);
    }
    const std::size_t begin = call.begin * kVector + part * kNative, end = call.end * kVector;
    for (std::size_t j = begin; j < end; j += kVector) {
      if constexpr (Fetched > 0) {
        if (part == 0) {
          DESCENT_UNROLL for (std::size_t f = 0; f < Fetched; ++f) fetch_line(fetch[f] + j);
        }
      }
      V weight[Outputs];
      DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) weight[k] =
          loads_first(Outputs) ? load_now(w + k * call.w_stride + j) : hn::Load(d, w + k * call.w_stride + j);
      if constexpr (loads_first(Outputs)) {
        V input[Rows];
        DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) input[r] = load_now(x[r] + j);
        DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) {
          DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) sum[k][r] =
              hn::MulAdd(input[r], weight[k], sum[k][r]);
        }
      } else {
        DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) {
          const V input = hn::Load(d, x[r] + j);
          DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) sum[k][r] = hn::MulAdd(input, weight[k], sum[k][r]);
        }
      }
    }
    DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) {
      DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) parts[k * Rows + r][part] = sum[k][r];
    }
  }
  float* const s = call.s + output * call.s_stride + row;
  constexpr std::size_t by_sixteen = kWide && Rows == 4 ? Outputs / 4 * 4 : 0;
  if constexpr (by_sixteen > 0) fold_sixteen(d, parts, s, call.s_stride);
  DESCENT_UNROLL for (std::size_t k = by_sixteen; k < Outputs; ++k)
      fold_rows<Rows>(parts + k * Rows, s + k * call.s_stride);
}

template <std::size_t Rows, std::size_t Outputs>
HWY_INLINE void forward_fetching(const ForwardCall& call, std::size_t row, std::size_t output,
                                 const float* const* fetch, std::size_t fetched) {
  switch (fetched) {
    case 0:
      return forward_tile<Rows, Outputs, 0>(call, row, output, fetch);
    case 1:
      return forward_tile<Rows, Outputs, 1>(call, row, output, fetch);
    case 2:
    case 3:
      return forward_tile<Rows, Outputs, 2>(call, row, output, fetch);
    default:
      return forward_tile<Rows, Outputs, 4>(call, row, output, fetch);
  }
}

template <std::size_t Outputs>
HWY_NOINLINE void forward_outputs(const ForwardCall& call, std::size_t output, std::size_t group, std::size_t groups) {
  constexpr std::size_t rows = forward_rows(Outputs);
  const std::size_t full = call.rows / rows, tiles = full * groups;
  for (std::size_t t = 0; t < full; ++t) {
    // Tile n of this call prefetches rows [fetch.rows·n/tiles, fetch.rows·(n+1)/tiles), four at most.
    const std::size_t n = group * full + t, from = call.fetch.rows * n / tiles, to = call.fetch.rows * (n + 1) / tiles;
    forward_fetching<rows, Outputs>(call, t * rows, output, call.fetch.x + from, to - from);
  }
  std::size_t row = full * rows;
  if constexpr (rows > 4) {
    if (call.rows - row >= 4) {
      forward_tile<4, Outputs, 0>(call, row, output, nullptr);
      row += 4;
    }
  }
  switch (call.rows - row) {
    case 3:
      return forward_tile<3, Outputs, 0>(call, row, output, nullptr);
    case 2:
      return forward_tile<2, Outputs, 0>(call, row, output, nullptr);
    case 1:
      return forward_tile<1, Outputs, 0>(call, row, output, nullptr);
    default:
      return;
  }
}

void forward(const ForwardCall& given) noexcept {
  ForwardCall call = given;
  if constexpr (kWide) {
    // Where a row is a single vector and the outputs pay for turning it, rows are scored sixteen at a time.
    const bool narrow = given.end - given.begin == 1 && given.outputs >= 4;
    if (const std::size_t rows = narrow ? given.rows / kVector * kVector : 0; rows > 0) {
      forward_narrow(d, given, rows);
      if (rows == given.rows) return;
      call.x += rows;
      call.rows -= rows;
      call.s += rows;
      call.fetch.rows = 0;
    }
  }
  for_output_groups<kForwardOutputs>(
      call.outputs, [&call]<std::size_t Outputs>(std::size_t output, std::size_t group, std::size_t groups)
                        HWY_ATTR { forward_outputs<Outputs>(call, output, group, groups); });
}

}  // namespace
#endif  // HWY_NATIVE_FMA
}  // namespace HWY_NAMESPACE
}  // namespace descent::engine
HWY_AFTER_NAMESPACE();
#endif  // DESCENT_FUSED_FORWARD_TOGGLE
