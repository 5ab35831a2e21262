// Scores of a tile of rows (once per instruction set).
#include "engine/engines/fused_microkernels.hpp"
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

// Registers decide the tiles. With 32 of them 4 rows × 5 outputs of sums stay in registers and 9 vector loads feed 20
// multiply-adds; with 16 (AVX2), 4 × 3.
#if HWY_TARGET == HWY_AVX2
constexpr std::size_t kForwardOutputs = 3;
#else
constexpr std::size_t kForwardOutputs = 5;
#endif

/// Rows of a tile. With one or two outputs memory binds, and eight rows keep more of it under way than four.
constexpr std::size_t forward_rows(std::size_t outputs) { return kWide && outputs <= 2 ? 8 : 4; }

/// Whether all loads of an iteration come before its multiply-adds. An even split over the two multiply-add pipes is
/// decided as instructions come in; loads between them may upset it: on one Zen 5 host a 4 × 5 tile in L1 had 81 % of
/// the peak with them and 100 % without, on another both had the same. Where memory binds (fewer outputs) it costs.
constexpr bool loads_first(std::size_t outputs) { return kWide && outputs >= 4; }

/// Scores of Rows rows × Outputs outputs into s[k * s_stride + row …], while `Fetched` rows are fetched.
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
  DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k)
      fold_rows<Rows>(parts + k * Rows, call.s + (output + k) * call.s_stride + row);
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
    // Tile number n of all tiles of this call fetches rows [fetch.rows·n/tiles, fetch.rows·(n+1)/tiles), four at most.
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

void forward(const ForwardCall& call) noexcept {
  for_output_groups<kForwardOutputs>(
      call.outputs, [&call](std::size_t output, std::size_t count, std::size_t group, std::size_t groups) HWY_ATTR {
        switch (count) {
          case 1:
            return forward_outputs<1>(call, output, group, groups);
          case 2:
            return forward_outputs<2>(call, output, group, groups);
          case 3:
            return forward_outputs<3>(call, output, group, groups);
#if HWY_TARGET != HWY_AVX2
          case 4:
            return forward_outputs<4>(call, output, group, groups);
          case 5:
            return forward_outputs<5>(call, output, group, groups);
#endif
          default:
            return;
        }
      });
}

}  // namespace
#endif  // HWY_NATIVE_FMA
}  // namespace HWY_NAMESPACE
}  // namespace descent::engine
HWY_AFTER_NAMESPACE();
#endif  // DESCENT_FUSED_FORWARD_TOGGLE
