// Gradient sums by `exact8` on AVX-512 with VNNI.
#pragma once

#include <hwy/base.h>
#include <immintrin.h>

#include <algorithm>

#include "engine/engines/exact8_avx512-inl.hpp"

HWY_PUSH_ATTRIBUTES("avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")
namespace descent::engine {
namespace {

DESCENT_INLINE Bytes broadcast_rows(const std::int8_t* q) {
  std::int32_t four;
  __builtin_memcpy(&four, q, sizeof four);
  return _mm512_set1_epi32(four);
}

/// Gradient of half of a line (unpacked low or high) for Outputs outputs. The bytes of a feature in four rows are put
/// side by side, as the bytes of these rows' slopes are. The resulting vectors have the order of the unpacks: see
/// `position`.
template <std::size_t Outputs, bool High>
__attribute__((noinline)) void backward_half(const ByteBackwardCall& call, std::size_t line, std::size_t output) {
  const std::size_t width = call.block.width, at = line + (High ? 32 : 0);
  std::int32_t* const g = call.g + 2 * output * width + at;
  Bytes high[Outputs][2], low[Outputs][2];
  DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) {
    DESCENT_UNROLL for (std::size_t v = 0; v < 2; ++v) {
      high[k][v] = call.add ? _mm512_load_si512(g + 2 * k * width + 16 * v) : _mm512_setzero_si512();
      low[k][v] = call.add ? _mm512_load_si512(g + (2 * k + 1) * width + 16 * v) : _mm512_setzero_si512();
    }
  }
  const std::size_t offset = call.block.first + line;
  const std::int8_t* const q = call.q + 2 * output * call.q_stride + call.first;
  _Pragma("GCC unroll 1") for (std::size_t r = 0; r < call.rows; r += 4) {
    const Bytes a = _mm512_load_si512(call.x[r] + offset), b = _mm512_load_si512(call.x[r + 1] + offset),
                c = _mm512_load_si512(call.x[r + 2] + offset), e = _mm512_load_si512(call.x[r + 3] + offset);
    const Bytes ab = High ? _mm512_unpackhi_epi8(a, b) : _mm512_unpacklo_epi8(a, b),
                ce = High ? _mm512_unpackhi_epi8(c, e) : _mm512_unpacklo_epi8(c, e);
    const Bytes x[2] = {_mm512_unpacklo_epi16(ab, ce), _mm512_unpackhi_epi16(ab, ce)};
    DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) {
      const Bytes of_high = broadcast_rows(q + 2 * k * call.q_stride + r),
                  of_low = broadcast_rows(q + (2 * k + 1) * call.q_stride + r);
      DESCENT_UNROLL for (std::size_t v = 0; v < 2; ++v) high[k][v] = dot(high[k][v], x[v], of_high);
      DESCENT_UNROLL for (std::size_t v = 0; v < 2; ++v) low[k][v] = dot(low[k][v], x[v], of_low);
    }
  }
  DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) {
    DESCENT_UNROLL for (std::size_t v = 0; v < 2; ++v) {
      _mm512_store_si512(g + 2 * k * width + 16 * v, high[k][v]);
      _mm512_store_si512(g + (2 * k + 1) * width + 16 * v, low[k][v]);
    }
  }
}

/// The same for a whole line and one or two outputs: there are enough sums to keep the multipliers busy, and rows are
/// read only once.
template <std::size_t Outputs>
__attribute__((noinline)) void backward_line(const ByteBackwardCall& call, std::size_t line, std::size_t output) {
  const std::size_t width = call.block.width, offset = call.block.first + line;
  std::int32_t* const g = call.g + 2 * output * width + line;
  Bytes sum[2 * Outputs][4];
  DESCENT_UNROLL for (std::size_t k = 0; k < 2 * Outputs; ++k) {
    DESCENT_UNROLL for (std::size_t v = 0; v < 4; ++v) sum[k][v] =
        call.add ? _mm512_load_si512(g + k * width + 16 * v) : _mm512_setzero_si512();
  }
  const std::int8_t* const q = call.q + 2 * output * call.q_stride + call.first;
  _Pragma("GCC unroll 1") for (std::size_t r = 0; r < call.rows; r += 4) {
    const Bytes a = _mm512_load_si512(call.x[r] + offset), b = _mm512_load_si512(call.x[r + 1] + offset),
                c = _mm512_load_si512(call.x[r + 2] + offset), e = _mm512_load_si512(call.x[r + 3] + offset);
    const Bytes ab = _mm512_unpacklo_epi8(a, b), ce = _mm512_unpacklo_epi8(c, e), ab_high = _mm512_unpackhi_epi8(a, b),
                ce_high = _mm512_unpackhi_epi8(c, e);
    const Bytes x[4] = {_mm512_unpacklo_epi16(ab, ce), _mm512_unpackhi_epi16(ab, ce),
                        _mm512_unpacklo_epi16(ab_high, ce_high), _mm512_unpackhi_epi16(ab_high, ce_high)};
    DESCENT_UNROLL for (std::size_t k = 0; k < 2 * Outputs; ++k) {
      const Bytes slopes = broadcast_rows(q + k * call.q_stride + r);
      DESCENT_UNROLL for (std::size_t v = 0; v < 4; ++v) sum[k][v] = dot(sum[k][v], x[v], slopes);
    }
  }
  DESCENT_UNROLL for (std::size_t k = 0; k < 2 * Outputs; ++k) {
    DESCENT_UNROLL for (std::size_t v = 0; v < 4; ++v) _mm512_store_si512(g + k * width + 16 * v, sum[k][v]);
  }
}

/// The same for one chunk of sixteen features, at `quarter` of its line, if the line is not whole.
template <std::size_t Outputs>
__attribute__((noinline)) void backward_chunk(const ByteBackwardCall& call, std::size_t line, std::size_t quarter,
                                              std::size_t output) {
  const std::size_t width = call.block.width, offset = call.block.first + line + 16 * quarter;
  std::int32_t* const g = call.g + 2 * output * width + line + 4 * quarter;
  Bytes sum[2 * Outputs];
  DESCENT_UNROLL for (std::size_t k = 0; k < 2 * Outputs; ++k) sum[k] = _mm512_setzero_si512();
  const std::int8_t* const q = call.q + 2 * output * call.q_stride + call.first;
  _Pragma("GCC unroll 1") for (std::size_t r = 0; r < call.rows; r += 4) {
    const auto row = [&](std::size_t i) __attribute__((always_inline)) {
      return _mm_load_si128(reinterpret_cast<const __m128i*>(call.x[r + i] + offset));
    };
    const __m128i a = row(0), b = row(1), c = row(2), e = row(3);
    const __m128i ab = _mm_unpacklo_epi8(a, b), ce = _mm_unpacklo_epi8(c, e), ab_high = _mm_unpackhi_epi8(a, b),
                  ce_high = _mm_unpackhi_epi8(c, e);
    Bytes x = _mm512_castsi128_si512(_mm_unpacklo_epi16(ab, ce));
    x = _mm512_inserti32x4(x, _mm_unpackhi_epi16(ab, ce), 1);
    x = _mm512_inserti32x4(x, _mm_unpacklo_epi16(ab_high, ce_high), 2);
    x = _mm512_inserti32x4(x, _mm_unpackhi_epi16(ab_high, ce_high), 3);
    DESCENT_UNROLL for (std::size_t k = 0; k < 2 * Outputs; ++k) sum[k] =
        dot(sum[k], x, broadcast_rows(q + k * call.q_stride + r));
  }
  DESCENT_UNROLL for (std::size_t k = 0; k < 2 * Outputs; ++k) {
    const __m128i parts[4] = {_mm512_castsi512_si128(sum[k]), _mm512_extracti32x4_epi32(sum[k], 1),
                              _mm512_extracti32x4_epi32(sum[k], 2), _mm512_extracti32x4_epi32(sum[k], 3)};
    DESCENT_UNROLL for (std::size_t m = 0; m < 4; ++m) {
      auto* const to = reinterpret_cast<__m128i*>(g + k * width + 16 * m);
      _mm_store_si128(to, call.add ? _mm_add_epi32(_mm_load_si128(to), parts[m]) : parts[m]);
    }
  }
}

template <std::size_t Outputs>
void backward_outputs(const ByteBackwardCall& call, std::size_t output) {
  const std::size_t whole = call.block.chunks / 4 * kLineFeatures;
  for (std::size_t line = 0; line < whole; line += kLineFeatures) {
    if constexpr (Outputs <= 2) {
      backward_line<Outputs>(call, line, output);
    } else {
      backward_half<Outputs, false>(call, line, output);
      backward_half<Outputs, true>(call, line, output);
    }
  }
  for (std::size_t quarter = 0; quarter < call.block.chunks % 4; ++quarter)
    backward_chunk<Outputs>(call, whole, quarter, output);
}

void backward(const ByteBackwardCall& call) noexcept {
  for_output_groups(call.outputs, [&](std::size_t output, std::size_t count, std::size_t, std::size_t) {
    switch (count) {
      case 1:
        return backward_outputs<1>(call, output);
      case 2:
        return backward_outputs<2>(call, output);
      case 3:
        return backward_outputs<3>(call, output);
      case 4:
        return backward_outputs<4>(call, output);
      default:
        return backward_outputs<5>(call, output);
    }
  });
}

}  // namespace
}  // namespace descent::engine
HWY_POP_ATTRIBUTES
