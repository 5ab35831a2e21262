// Scores by `exact8` on AVX-512 with VNNI.
#pragma once

#include <hwy/base.h>
#include <immintrin.h>

#include <algorithm>

#include "engine/engines/exact8_avx512-inl.hpp"

HWY_PUSH_ATTRIBUTES("avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")
namespace descent::engine {
namespace {

/// Folds the sums of four rows: each quarter of the result holds the four side by side; the quarters still have to be
/// added up.
DESCENT_INLINE Bytes fold_rows(Bytes a, Bytes b, Bytes c, Bytes e) {
  const Bytes ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
  const Bytes ce = _mm512_add_epi32(_mm512_unpacklo_epi32(c, e), _mm512_unpackhi_epi32(c, e));
  return _mm512_add_epi32(_mm512_unpacklo_epi64(ab, ce), _mm512_unpackhi_epi64(ab, ce));
}

DESCENT_INLINE __m128i add_quarters(Bytes v) {
  const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
  return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

/// Loads sixteen features of each of four rows, one row into each quarter.
DESCENT_INLINE Bytes load_chunks(const std::uint8_t* const* x, std::size_t at) {
  Bytes v = _mm512_castsi128_si512(_mm_load_si128(reinterpret_cast<const __m128i*>(x[0] + at)));
  v = _mm512_inserti32x4(v, _mm_load_si128(reinterpret_cast<const __m128i*>(x[1] + at)), 1);
  v = _mm512_inserti32x4(v, _mm_load_si128(reinterpret_cast<const __m128i*>(x[2] + at)), 2);
  return _mm512_inserti32x4(v, _mm_load_si128(reinterpret_cast<const __m128i*>(x[3] + at)), 3);
}

DESCENT_INLINE Bytes broadcast_chunk(const std::int8_t* q) {
  return _mm512_broadcast_i32x4(_mm_load_si128(reinterpret_cast<const __m128i*>(q)));
}

/// One pass over the whole lines of a block for Rows × Outputs sums, with the weights' high or low bytes. At each line,
/// one line of each of Fetched rows is prefetched.
template <std::size_t Rows, std::size_t Outputs, std::size_t Fetched>
DESCENT_INLINE void add_lines(Bytes (&sum)[Outputs][Rows], const std::uint8_t* const (&x)[Rows], const std::int8_t* q,
                              std::size_t q_stride, std::size_t bytes, const std::uint8_t* const* next,
                              std::size_t first) {
  const std::uint8_t* line[Fetched + 1];
  DESCENT_UNROLL for (std::size_t i = 0; i < Fetched; ++i) line[i] = next[i] + first;
  _Pragma("GCC unroll 1") for (std::size_t at = 0; at < bytes; at += kLineFeatures) {
    DESCENT_UNROLL for (std::size_t i = 0; i < Fetched; ++i) fetch_line(line[i] + at);
    Bytes w[Outputs], rows[Rows];
    DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) w[k] = load_now(q + k * q_stride + at);
    DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) rows[r] = load_now(x[r] + at);
    DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) {
      DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) sum[k][r] = dot(sum[k][r], rows[r], w[k]);
    }
  }
}

/// The same for one output with both bytes of its weights, 256 · high + low, so that rows are read only once.
template <std::size_t Rows, std::size_t Fetched>
DESCENT_INLINE void add_lines_once(Bytes (&sum)[Rows], const std::uint8_t* const (&x)[Rows], const std::int8_t* q,
                                   std::size_t width, std::size_t bytes, const std::uint8_t* const* next,
                                   std::size_t first) {
  Bytes high[Rows];
  DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) high[r] = _mm512_setzero_si512();
  _Pragma("GCC unroll 1") for (std::size_t at = 0; at < bytes; at += kLineFeatures) {
    const Bytes of_high = load_now(q + at), of_low = load_now(q + width + at);
    DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) {
      if (r < Fetched) fetch_line(next[r] + first + at);
      const Bytes row = load_now(x[r] + at);
      high[r] = dot(high[r], row, of_high);
      sum[r] = dot(sum[r], row, of_low);
    }
  }
  DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) sum[r] =
      _mm512_add_epi32(sum[r], _mm512_slli_epi32(high[r], 8));
}

/// Scores of Rows rows (four or eight) from `row` on, in Outputs outputs from `output` on. First the high bytes of all
/// weights are summed; the sums are multiplied by 256, and the low bytes are added to them.
template <std::size_t Rows, std::size_t Outputs, std::size_t Fetched>
__attribute__((noinline)) void forward_tile(const ByteForwardCall& call, std::size_t row, std::size_t output,
                                            const std::uint8_t* const* next) {
  const std::size_t first = call.block.first, stride = 2 * call.block.width,
                    whole = call.block.chunks / 4 * kLineFeatures;
  const std::int8_t* const q = call.q + output * stride;
  const std::uint8_t* x[Rows];
  Bytes sum[Outputs][Rows];
  DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) x[r] = call.x[row + r] + first;
  DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) {
    DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) sum[k][r] = _mm512_setzero_si512();
  }
  if constexpr (Outputs == 1) {
    add_lines_once<Rows, Fetched>(sum[0], x, q, call.block.width, whole, next, first);
  } else {
    constexpr std::size_t early = (Fetched + 1) / 2;
    add_lines<Rows, Outputs, early>(sum, x, q, stride, whole, next, first);
    DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) {
      DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) sum[k][r] = _mm512_slli_epi32(sum[k][r], 8);
    }
    add_lines<Rows, Outputs, Fetched - early>(sum, x, q + call.block.width, stride, whole, next + early, first);
  }

  // The rest behind the whole lines: sixteen features of a row fill a quarter of a vector.
  constexpr std::size_t quads = Rows / 4;
  const std::size_t tail = call.block.chunks % 4;
  const Bytes turned = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  if (tail > 0) {
    for (std::size_t i = 0; i < Fetched; ++i) fetch_line(next[i] + first + whole);
  }
  DESCENT_UNROLL for (std::size_t quad = 0; quad < quads; ++quad) {
    Bytes chunk[3];
    for (std::size_t c = 0; c < tail; ++c) chunk[c] = load_chunks(call.x + row + 4 * quad, first + whole + 16 * c);
    DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) {
      Bytes folded = fold_rows(sum[k][4 * quad], sum[k][4 * quad + 1], sum[k][4 * quad + 2], sum[k][4 * quad + 3]);
      if (tail > 0) {
        const std::int8_t* const w = q + k * stride + whole;
        Bytes behind = _mm512_setzero_si512();
        for (std::size_t c = 0; c < tail; ++c) behind = dot(behind, chunk[c], broadcast_chunk(w + 16 * c));
        behind = _mm512_slli_epi32(behind, 8);
        for (std::size_t c = 0; c < tail; ++c)
          behind = dot(behind, chunk[c], broadcast_chunk(w + call.block.width + 16 * c));
        folded = _mm512_add_epi32(folded, _mm512_permutexvar_epi32(turned, behind));
      }
      _mm_store_ps(call.s + (output + k) * call.s_stride + row + 4 * quad,
                   _mm_mul_ps(_mm_cvtepi32_ps(add_quarters(folded)), _mm_set1_ps(call.scale[output + k])));
    }
  }
}

/// A tile that prefetches the lines of `rows` rows, at most Most.
template <std::size_t Rows, std::size_t Outputs, std::size_t Most>
void fetching(const ByteForwardCall& call, std::size_t row, std::size_t output, const std::uint8_t* const* next,
              std::size_t rows) {
  if constexpr (Most > 0) {
    if (rows < Most) return fetching<Rows, Outputs, Most - 1>(call, row, output, next, rows);
  }
  forward_tile<Rows, Outputs, Most>(call, row, output, next);
}

template <std::size_t Rows, std::size_t Outputs>
void forward_outputs(const ByteForwardCall& call, std::size_t output, std::size_t group, std::size_t groups) {
  const std::size_t steps = (call.rows + Rows - 1) / Rows, tiles = steps * groups;
  for (std::size_t t = 0; t < steps; ++t) {
    // Tile n of this call prefetches rows [fetch.rows·n/tiles, fetch.rows·(n+1)/tiles), one line of each of them per
    // line of its own; at most Rows rows, further ones are not prefetched.
    const std::size_t n = group * steps + t, from = call.fetch.rows * n / tiles, to = call.fetch.rows * (n + 1) / tiles;
    fetching<Rows, Outputs, Rows>(call, t * Rows, output, call.fetch.x + from, to - from);
  }
  const std::size_t done = steps * Rows, padded = (call.rows + 15) / 16 * 16;
  for (std::size_t k = output; k < output + Outputs; ++k)
    for (std::size_t r = done; r < padded; ++r) call.s[k * call.s_stride + r] = 0;
}

void forward(const ByteForwardCall& call) noexcept {
  for_output_groups(call.outputs, [&](std::size_t output, std::size_t count, std::size_t group, std::size_t groups) {
    switch (count) {
      case 1:
        return forward_outputs<8, 1>(call, output, group, groups);
      case 2:
        return forward_outputs<8, 2>(call, output, group, groups);
      case 3:
        return forward_outputs<4, 3>(call, output, group, groups);
      case 4:
        return forward_outputs<4, 4>(call, output, group, groups);
      default:
        return forward_outputs<4, 5>(call, output, group, groups);
    }
  });
}

}  // namespace
}  // namespace descent::engine
HWY_POP_ATTRIBUTES
