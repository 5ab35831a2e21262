// Gradient of a tile of rows (once per instruction set).
#include <algorithm>

#include "engine/engines/fused_microkernels.hpp"
#include "engine/engines/fused_vectors-inl.hpp"

#if defined(DESCENT_FUSED_BACKWARD_TOGGLE) == defined(HWY_TARGET_TOGGLE)
#ifdef DESCENT_FUSED_BACKWARD_TOGGLE
#undef DESCENT_FUSED_BACKWARD_TOGGLE
#else
#define DESCENT_FUSED_BACKWARD_TOGGLE
#endif

HWY_BEFORE_NAMESPACE();
namespace descent::engine {
namespace HWY_NAMESPACE {
#if HWY_NATIVE_FMA
namespace {

// With 32 registers of a cache line each (AVX-512), a tile holds ten outputs × 2 vectors, so that for ten classes X is
// read from L2 only once.
constexpr std::size_t kBackwardOutputs = kWide ? 10 : 5;

/// Native vectors of gradient that a backward tile holds for `outputs` outputs.
constexpr std::size_t backward_width(std::size_t outputs) {
#if HWY_TARGET == HWY_AVX2
  constexpr std::size_t widths[] = {0, 8, 6, 4, 3, 2};
#else
  constexpr std::size_t widths[] = {0, 8, 8, 6, 5, 4};
#endif
  return outputs <= 5 ? widths[outputs] : 2;
}

// Slopes are stored output by output. GCC 12 runs out of registers if it keeps one pointer per output, so the slopes of
// up to kTurnedRows rows are first transposed to row-major, kVector floats per row.
constexpr std::size_t kTurnedRows = 256;
constexpr bool turned(std::size_t outputs) { return kWide && outputs > 5; }

/// Gradient of Outputs outputs × Width native vectors from element j on; meanwhile prefetches the lines at j of the
/// rows in call.fetch. Transposed slopes begin with `output`.
template <std::size_t Outputs, std::size_t Width, bool Fetching>
HWY_INLINE void backward_tile(const BackwardCall& call, std::size_t output, std::size_t j, const Fetch& fetch) {
  V sum[Outputs][Width];
  float* const g = call.g + output * call.g_stride + j;
  const V grow = hn::Set(d, call.grow);
  DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) {
    DESCENT_UNROLL for (std::size_t v = 0; v < Width; ++v) {
      sum[k][v] = hn::Zero(d);
      if (call.add) {
        const V before = hn::Load(d, g + k * call.g_stride + v * kNative);
        sum[k][v] = hn::MulAdd(grow, before, before);
      }
    }
  }
  const float* const slope = turned(Outputs) ? call.slope : call.slope + output * call.slope_stride;
  // due grows by fetch.rows per row; whenever it passes call.rows, one row is prefetched
  std::size_t fetched = 0, due = 0;
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
    DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) {
      const V factor = hn::Set(d, turned(Outputs) ? slope[r * kVector + k] : slope[k * call.slope_stride + r]);
      DESCENT_UNROLL for (std::size_t v = 0; v < Width; ++v) sum[k][v] = hn::MulAdd(factor, input[v], sum[k][v]);
    }
  }
  DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) {
    DESCENT_UNROLL for (std::size_t v = 0; v < Width; ++v) hn::Store(sum[k][v], d, g + k * call.g_stride + v * kNative);
  }
}

template <std::size_t Outputs, bool Fetching>
HWY_NOINLINE void backward_outputs(const BackwardCall& call, std::size_t output, const Fetch& fetch) {
  constexpr std::size_t width = backward_width(Outputs);
  std::size_t j = call.begin * kVector;
  const std::size_t end = call.end * kVector;
  for (; j + width * kNative <= end; j += width * kNative)
    backward_tile<Outputs, width, Fetching>(call, output, j, fetch);
  if constexpr (width > 2)
    for (; j + 2 * kNative <= end; j += 2 * kNative) backward_tile<Outputs, 2, Fetching>(call, output, j, fetch);
  for (; j < end; j += kNative) backward_tile<Outputs, 1, Fetching>(call, output, j, fetch);
}

template <std::size_t Outputs>
HWY_INLINE void backward_fetching(const BackwardCall& call, std::size_t output, const Fetch& fetch) {
  if (fetch.rows > 0)
    backward_outputs<Outputs, true>(call, output, fetch);
  else
    backward_outputs<Outputs, false>(call, output, fetch);
}

/// The same with transposed slopes, kTurnedRows rows at a time; each later part continues from the sums so far.
template <std::size_t Outputs>
HWY_INLINE void backward_turned(const BackwardCall& call, std::size_t output, const Fetch& fetch) {
  HWY_ALIGN float slopes[kTurnedRows * kVector];
  BackwardCall piece = call;
  piece.slope = slopes;
  for (std::size_t r = 0; r < call.rows; r += kTurnedRows) {
    piece.x = call.x + r;
    piece.rows = std::min(kTurnedRows, call.rows - r);
    turn({.from = call.slope + output * call.slope_stride + r,
          .from_stride = call.slope_stride,
          .columns = Outputs,
          .rows = piece.rows,
          .to = slopes,
          .to_stride = kVector});
    const std::size_t from = fetch.rows * r / call.rows, to = fetch.rows * (r + piece.rows) / call.rows;
    backward_fetching<Outputs>(piece, output, {fetch.x + from, to - from});
    piece.add = true;
    piece.grow = 0;
  }
}

void backward(const BackwardCall& call) noexcept {
  for_output_groups<kBackwardOutputs>(
      call.outputs, [&call]<std::size_t Outputs>(std::size_t output, std::size_t group, std::size_t groups) HWY_ATTR {
        const std::size_t from = call.fetch.rows * group / groups;
        const Fetch fetch{call.fetch.x + from, call.fetch.rows * (group + 1) / groups - from};
        if constexpr (turned(Outputs))
          backward_turned<Outputs>(call, output, fetch);
        else
          backward_fetching<Outputs>(call, output, fetch);
      });
}

}  // namespace
#endif  // HWY_NATIVE_FMA
}  // namespace HWY_NAMESPACE
}  // namespace descent::engine
HWY_AFTER_NAMESPACE();
#endif  // DESCENT_FUSED_BACKWARD_TOGGLE
