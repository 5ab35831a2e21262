// The microkernels of `exact8` on AVX-512 with VNNI: vpdpbusd multiplies 64 bytes of rows by 64 signed bytes and adds
// four products each to 16 sums. Weights and slopes are two planes of bytes, high and low.
#include "engine/engines/exact8_microkernels.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <hwy/base.h>

#include <algorithm>

// GCC 12's own AVX-512 header reads undefined vectors on purpose: room.cmake turns off its warning.
HWY_PUSH_ATTRIBUTES("avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")
namespace descent::engine {
namespace {

using Bytes = __m512i;

// GCC 12 keeps arrays of vectors in registers only where the loops over them are unrolled by pragma.
#define DESCENT_UNROLL _Pragma("GCC unroll 32")
#define DESCENT_INLINE inline __attribute__((always_inline))

/// sums + rows · signed, four products each. As an instruction of its own: the intrinsic copies and spills its sums.
DESCENT_INLINE Bytes dot(Bytes sums, Bytes rows, Bytes with_sign) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(rows), "v"(with_sign));
  return sums;
}

/// Loads here, into a register, where the compiler would move the load between the products, which costs a fifth of
/// their speed (docs/engine.md).
DESCENT_INLINE Bytes load_now(const void* p) {
  Bytes v = _mm512_load_si512(p);
  asm volatile("" : "+v"(v));
  return v;
}

/// Asks for a cache line, into L2.
DESCENT_INLINE void fetch_line(const std::uint8_t* p) { __builtin_prefetch(p, 0, 2); }

// ---- scores ---------------------------------------------------------------------------------------------------------

/// Four rows' sums side by side in each quarter, quarters still to be added up.
DESCENT_INLINE Bytes fold_rows(Bytes a, Bytes b, Bytes c, Bytes e) {
  const Bytes ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
  const Bytes ce = _mm512_add_epi32(_mm512_unpacklo_epi32(c, e), _mm512_unpackhi_epi32(c, e));
  return _mm512_add_epi32(_mm512_unpacklo_epi64(ab, ce), _mm512_unpackhi_epi64(ab, ce));
}

DESCENT_INLINE __m128i add_quarters(Bytes v) {
  const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
  return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

/// Sixteen features of four rows, a row in each quarter.
DESCENT_INLINE Bytes load_chunks(const std::uint8_t* const* x, std::size_t at) {
  Bytes v = _mm512_castsi128_si512(_mm_load_si128(reinterpret_cast<const __m128i*>(x[0] + at)));
  v = _mm512_inserti32x4(v, _mm_load_si128(reinterpret_cast<const __m128i*>(x[1] + at)), 1);
  v = _mm512_inserti32x4(v, _mm_load_si128(reinterpret_cast<const __m128i*>(x[2] + at)), 2);
  return _mm512_inserti32x4(v, _mm_load_si128(reinterpret_cast<const __m128i*>(x[3] + at)), 3);
}

DESCENT_INLINE Bytes broadcast_chunk(const std::int8_t* q) {
  return _mm512_broadcast_i32x4(_mm_load_si128(reinterpret_cast<const __m128i*>(q)));
}

/// One pass over the whole lines of a block for Rows × Columns sums, with the weights' high or low bytes; at each line
/// those of Fetched rows are asked for.
template <std::size_t Rows, std::size_t Columns, std::size_t Fetched>
DESCENT_INLINE void add_lines(Bytes (&sum)[Columns][Rows], const std::uint8_t* const (&x)[Rows], const std::int8_t* q,
                              std::size_t q_stride, std::size_t bytes, const std::uint8_t* const* next,
                              std::size_t first) {
  const std::uint8_t* const one = Fetched > 0 ? next[0] + first : nullptr;
  const std::uint8_t* const two = Fetched > 1 ? next[1] + first : nullptr;
  _Pragma("GCC unroll 1") for (std::size_t at = 0; at < bytes; at += kLineFeatures) {
    if constexpr (Fetched > 0) fetch_line(one + at);
    if constexpr (Fetched > 1) fetch_line(two + at);
    Bytes w[Columns], rows[Rows];
    DESCENT_UNROLL for (std::size_t k = 0; k < Columns; ++k) w[k] = load_now(q + k * q_stride + at);
    DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) rows[r] = load_now(x[r] + at);
    DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) {
      DESCENT_UNROLL for (std::size_t k = 0; k < Columns; ++k) sum[k][r] = dot(sum[k][r], rows[r], w[k]);
    }
  }
}

/// Scores of Rows rows, four or eight, from `row` in Columns columns from `column`: the high bytes of all weights first,
/// then, 256 times that, the low ones into the same sums.
template <std::size_t Rows, std::size_t Columns, std::size_t Early, std::size_t Late>
__attribute__((noinline)) void forward_tile(const ByteForwardCall& call, std::size_t row, std::size_t column,
                                            const std::uint8_t* const* next) {
  const std::size_t first = call.block.first, stride = 2 * call.block.width,
                    whole = call.block.chunks / 4 * kLineFeatures;
  const std::int8_t* const q = call.q + column * stride;
  const std::uint8_t* x[Rows];
  Bytes sum[Columns][Rows];
  DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) x[r] = call.x[row + r] + first;
  DESCENT_UNROLL for (std::size_t k = 0; k < Columns; ++k) {
    DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) sum[k][r] = _mm512_setzero_si512();
  }
  add_lines<Rows, Columns, Early>(sum, x, q, stride, whole, next, first);
  DESCENT_UNROLL for (std::size_t k = 0; k < Columns; ++k) {
    DESCENT_UNROLL for (std::size_t r = 0; r < Rows; ++r) sum[k][r] = _mm512_slli_epi32(sum[k][r], 8);
  }
  add_lines<Rows, Columns, Late>(sum, x, q + call.block.width, stride, whole, next + Early, first);

  // What is behind the whole lines: a row's sixteen features fill a quarter.
  constexpr std::size_t quads = Rows / 4;
  const std::size_t tail = call.block.chunks % 4;
  const Bytes turned = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  if (tail > 0) {
    for (std::size_t i = 0; i < Early + Late; ++i) fetch_line(next[i] + first + whole);
  }
  DESCENT_UNROLL for (std::size_t quad = 0; quad < quads; ++quad) {
    Bytes chunk[3];
    for (std::size_t c = 0; c < tail; ++c) chunk[c] = load_chunks(call.x + row + 4 * quad, first + whole + 16 * c);
    DESCENT_UNROLL for (std::size_t k = 0; k < Columns; ++k) {
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
      _mm_store_ps(call.s + (column + k) * call.s_stride + row + 4 * quad,
                   _mm_mul_ps(_mm_cvtepi32_ps(add_quarters(folded)), _mm_set1_ps(call.scale[column + k])));
    }
  }
}

template <std::size_t Rows, std::size_t Columns>
void forward_columns(const ByteForwardCall& call, std::size_t column, std::size_t group, std::size_t groups) {
  const std::size_t steps = (call.rows + Rows - 1) / Rows, tiles = steps * groups;
  for (std::size_t t = 0; t < steps; ++t) {
    // Tile number n of all tiles of this call fetches rows [fetch.rows·n/tiles, fetch.rows·(n+1)/tiles): the first two
    // each a line at a time, and more, which only few columns ask for, at once.
    const std::size_t n = group * steps + t, from = call.fetch.rows * n / tiles, to = call.fetch.rows * (n + 1) / tiles;
    const std::uint8_t* const* const next = call.fetch.x + from;
    const std::size_t row = t * Rows;
    switch (std::min<std::size_t>(to - from, 4)) {
      case 0:
        forward_tile<Rows, Columns, 0, 0>(call, row, column, next);
        break;
      case 1:
        forward_tile<Rows, Columns, 1, 0>(call, row, column, next);
        break;
      case 2:
        forward_tile<Rows, Columns, 1, 1>(call, row, column, next);
        break;
      case 3:
        forward_tile<Rows, Columns, 2, 1>(call, row, column, next);
        break;
      default:
        forward_tile<Rows, Columns, 2, 2>(call, row, column, next);
        break;
    }
    for (std::size_t i = 4; i < to - from; ++i)
      for (std::size_t at = 0; at < call.block.width; at += kLineFeatures) fetch_line(next[i] + call.block.first + at);
  }
  const std::size_t done = steps * Rows, padded = (call.rows + 15) / 16 * 16;
  for (std::size_t k = column; k < column + Columns; ++k)
    for (std::size_t r = done; r < padded; ++r) call.s[k * call.s_stride + r] = 0;
}

constexpr std::size_t kMostColumns = 5;

/// Calls visit(first column, columns, group, groups) for groups of at most kMostColumns columns, as even as they come.
template <class Visit>
void for_column_groups(std::size_t columns, const Visit& visit) {
  const std::size_t groups = (columns + kMostColumns - 1) / kMostColumns;
  for (std::size_t group = 0; group < groups; ++group) {
    const std::size_t begin = columns * group / groups;
    visit(begin, columns * (group + 1) / groups - begin, group, groups);
  }
}

void forward(const ByteForwardCall& call) noexcept {
  for_column_groups(call.columns, [&](std::size_t column, std::size_t count, std::size_t group, std::size_t groups) {
    switch (count) {
      case 1:
        return forward_columns<8, 1>(call, column, group, groups);
      case 2:
        return forward_columns<8, 2>(call, column, group, groups);
      case 3:
        return forward_columns<4, 3>(call, column, group, groups);
      case 4:
        return forward_columns<4, 4>(call, column, group, groups);
      default:
        return forward_columns<4, 5>(call, column, group, groups);
    }
  });
}

// ---- slopes ---------------------------------------------------------------------------------------------------------

/// Integers as two bytes: 256·high + low.
DESCENT_INLINE Bytes high_of(Bytes q) { return _mm512_srai_epi32(_mm512_add_epi32(q, _mm512_set1_epi32(128)), 8); }

void quantise_slopes(const QuantiseSlopesCall& call) noexcept {
  const __m512 factor = _mm512_set1_ps(call.factor), most = _mm512_set1_ps(kMostQ), least = _mm512_set1_ps(-kMostQ);
  for (std::size_t k = 0; k < call.columns; ++k) {
    const float* const slope = call.slope + k * call.stride;
    std::int8_t *const high = call.q + 2 * k * call.stride, *const low = high + call.stride;
    for (std::size_t r = call.first; r < call.first + call.rows; r += 16) {
      const __m512 scaled = _mm512_mul_ps(_mm512_load_ps(slope + r), factor);
      const __mmask16 is_number = _mm512_cmp_ps_mask(scaled, scaled, _CMP_ORD_Q);
      const Bytes q =
          _mm512_maskz_cvtps_epi32(is_number, _mm512_max_ps(least, _mm512_min_ps(most, scaled)));
      _mm_store_si128(reinterpret_cast<__m128i*>(high + r), _mm512_cvtepi32_epi8(high_of(q)));
      _mm_store_si128(reinterpret_cast<__m128i*>(low + r), _mm512_cvtepi32_epi8(q));
    }
  }
}

// ---- gradient -------------------------------------------------------------------------------------------------------

DESCENT_INLINE Bytes broadcast_rows(const std::int8_t* q) {
  std::int32_t four;
  __builtin_memcpy(&four, q, sizeof four);
  return _mm512_set1_epi32(four);
}

/// Half of a line (unpacked low or high), Columns columns: four rows' bytes of a feature come to lie side by side, as
/// their slopes' bytes do. Vectors come out in the order of the unpacks: see `position`.
template <std::size_t Columns, bool High>
__attribute__((noinline)) void backward_half(const ByteBackwardCall& call, std::size_t line, std::size_t column) {
  const std::size_t width = call.block.width, at = line + (High ? 32 : 0);
  std::int32_t* const g = call.g + 2 * column * width + at;
  Bytes high[Columns][2], low[Columns][2];
  DESCENT_UNROLL for (std::size_t k = 0; k < Columns; ++k) {
    DESCENT_UNROLL for (std::size_t v = 0; v < 2; ++v) {
      high[k][v] = call.add ? _mm512_load_si512(g + 2 * k * width + 16 * v) : _mm512_setzero_si512();
      low[k][v] = call.add ? _mm512_load_si512(g + (2 * k + 1) * width + 16 * v) : _mm512_setzero_si512();
    }
  }
  const std::size_t offset = call.block.first + line;
  const std::int8_t* const q = call.q + 2 * column * call.q_stride + call.first;
  _Pragma("GCC unroll 1") for (std::size_t r = 0; r < call.rows; r += 4) {
    const Bytes a = _mm512_load_si512(call.x[r] + offset), b = _mm512_load_si512(call.x[r + 1] + offset),
                c = _mm512_load_si512(call.x[r + 2] + offset), e = _mm512_load_si512(call.x[r + 3] + offset);
    const Bytes ab = High ? _mm512_unpackhi_epi8(a, b) : _mm512_unpacklo_epi8(a, b),
                ce = High ? _mm512_unpackhi_epi8(c, e) : _mm512_unpacklo_epi8(c, e);
    const Bytes x[2] = {_mm512_unpacklo_epi16(ab, ce), _mm512_unpackhi_epi16(ab, ce)};
    DESCENT_UNROLL for (std::size_t k = 0; k < Columns; ++k) {
      const Bytes of_high = broadcast_rows(q + 2 * k * call.q_stride + r),
                  of_low = broadcast_rows(q + (2 * k + 1) * call.q_stride + r);
      DESCENT_UNROLL for (std::size_t v = 0; v < 2; ++v) high[k][v] = dot(high[k][v], x[v], of_high);
      DESCENT_UNROLL for (std::size_t v = 0; v < 2; ++v) low[k][v] = dot(low[k][v], x[v], of_low);
    }
  }
  DESCENT_UNROLL for (std::size_t k = 0; k < Columns; ++k) {
    DESCENT_UNROLL for (std::size_t v = 0; v < 2; ++v) {
      _mm512_store_si512(g + 2 * k * width + 16 * v, high[k][v]);
      _mm512_store_si512(g + (2 * k + 1) * width + 16 * v, low[k][v]);
    }
  }
}

/// One chunk of sixteen features, the `quarter` of its line, where the line is not whole.
template <std::size_t Columns>
__attribute__((noinline)) void backward_chunk(const ByteBackwardCall& call, std::size_t line, std::size_t quarter,
                                              std::size_t column) {
  const std::size_t width = call.block.width, offset = call.block.first + line + 16 * quarter;
  std::int32_t* const g = call.g + 2 * column * width + line + 4 * quarter;
  Bytes sum[2 * Columns];
  DESCENT_UNROLL for (std::size_t k = 0; k < 2 * Columns; ++k) sum[k] = _mm512_setzero_si512();
  const std::int8_t* const q = call.q + 2 * column * call.q_stride + call.first;
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
    DESCENT_UNROLL for (std::size_t k = 0; k < 2 * Columns; ++k) sum[k] =
        dot(sum[k], x, broadcast_rows(q + k * call.q_stride + r));
  }
  DESCENT_UNROLL for (std::size_t k = 0; k < 2 * Columns; ++k) {
    const __m128i parts[4] = {_mm512_castsi512_si128(sum[k]), _mm512_extracti32x4_epi32(sum[k], 1),
                              _mm512_extracti32x4_epi32(sum[k], 2), _mm512_extracti32x4_epi32(sum[k], 3)};
    DESCENT_UNROLL for (std::size_t m = 0; m < 4; ++m) {
      auto* const to = reinterpret_cast<__m128i*>(g + k * width + 16 * m);
      _mm_store_si128(to, call.add ? _mm_add_epi32(_mm_load_si128(to), parts[m]) : parts[m]);
    }
  }
}

template <std::size_t Columns>
void backward_columns(const ByteBackwardCall& call, std::size_t column) {
  const std::size_t whole = call.block.chunks / 4 * kLineFeatures;
  for (std::size_t line = 0; line < whole; line += kLineFeatures) {
    backward_half<Columns, false>(call, line, column);
    backward_half<Columns, true>(call, line, column);
  }
  for (std::size_t quarter = 0; quarter < call.block.chunks % 4; ++quarter)
    backward_chunk<Columns>(call, whole, quarter, column);
}

void backward(const ByteBackwardCall& call) noexcept {
  for_column_groups(call.columns, [&](std::size_t column, std::size_t count, std::size_t, std::size_t) {
    switch (count) {
      case 1:
        return backward_columns<1>(call, column);
      case 2:
        return backward_columns<2>(call, column);
      case 3:
        return backward_columns<3>(call, column);
      case 4:
        return backward_columns<4>(call, column);
      default:
        return backward_columns<5>(call, column);
    }
  });
}

// ---- weights --------------------------------------------------------------------------------------------------------

void finish(const FinishColumnCall& call) noexcept {
  const __m512 scale = _mm512_set1_ps(call.scale), l2 = _mm512_set1_ps(call.l2), rate = _mm512_set1_ps(call.rate),
               step = _mm512_set1_ps(256);
  for (std::size_t j = 0; j < call.width; j += 16) {
    Bytes high = _mm512_setzero_si512(), low = high;
    for (std::size_t t = 0; t < call.workers; ++t) {
      high = _mm512_add_epi32(high, _mm512_load_si512(call.g[t] + j));
      low = _mm512_add_epi32(low, _mm512_load_si512(call.g[t] + call.width + j));
    }
    const Bytes carry = high_of(low);
    low = _mm512_sub_epi32(low, _mm512_slli_epi32(carry, 8));
    const __m512 sum =
        _mm512_fmadd_ps(_mm512_cvtepi32_ps(_mm512_add_epi32(high, carry)), step, _mm512_cvtepi32_ps(low));
    const __m512 w = _mm512_load_ps(call.w + j), g = _mm512_fmadd_ps(l2, w, _mm512_mul_ps(sum, scale));
    if (call.update) _mm512_store_ps(call.w + j, _mm512_fnmadd_ps(rate, g, w));
    if (call.g_out != nullptr) _mm512_store_ps(call.g_out + j, g);
  }
}

std::uint32_t largest(const float* w, std::size_t width) noexcept {
  const Bytes size = _mm512_set1_epi32(0x7fffffff);
  Bytes most = _mm512_setzero_si512();
  for (std::size_t j = 0; j < width; j += 16)
    most = _mm512_max_epi32(most, _mm512_and_si512(size, _mm512_load_si512(w + j)));
  return static_cast<std::uint32_t>(_mm512_reduce_max_epi32(most));
}

/// Packing takes the order of the unpacks back: bytes of weights lie as those of rows.
std::int64_t quantise_weights(const float* w, std::size_t width, float scale, std::int8_t* q) noexcept {
  const __m512 factor = _mm512_set1_ps(scale);
  Bytes sizes = _mm512_setzero_si512();
  for (std::size_t j = 0; j < width; j += kLineFeatures) {
    Bytes low[4], high[4];
    DESCENT_UNROLL for (std::size_t v = 0; v < 4; ++v) {
      low[v] = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_load_ps(w + j + 16 * v), factor));
      sizes = _mm512_add_epi32(sizes, _mm512_abs_epi32(low[v]));
      high[v] = high_of(low[v]);
      low[v] = _mm512_sub_epi32(low[v], _mm512_slli_epi32(high[v], 8));
    }
    _mm512_store_si512(q + j, _mm512_packs_epi16(_mm512_packs_epi32(high[0], high[1]),
                                                 _mm512_packs_epi32(high[2], high[3])));
    _mm512_store_si512(q + width + j,
                       _mm512_packs_epi16(_mm512_packs_epi32(low[0], low[1]), _mm512_packs_epi32(low[2], low[3])));
  }
  return _mm512_reduce_add_epi64(_mm512_add_epi64(_mm512_and_si512(sizes, _mm512_set1_epi64(0xffffffff)),
                                                  _mm512_srli_epi64(sizes, 32)));
}

void add(const float* more, std::size_t count, float* s) noexcept {
  for (std::size_t i = 0; i < count; i += 16)
    _mm512_store_ps(s + i, _mm512_add_ps(_mm512_load_ps(s + i), _mm512_load_ps(more + i)));
}

struct Order {
  Order() noexcept {
    for (std::size_t j = 0; j < kLineFeatures; ++j)  // feature 16 L + 4 m + i is in quarter L of vector m
      position[j] = static_cast<std::uint8_t>(16 * (j / 4 % 4) + 4 * (j / 16) + j % 4);
  }
  std::uint8_t position[kLineFeatures];
};

}  // namespace
}  // namespace descent::engine
HWY_POP_ATTRIBUTES

namespace descent::engine {

const Exact8Microkernels* exact8_avx512_vnni() noexcept {
  static const Order order;
  static const Exact8Microkernels kernels{.forward = forward,
                                          .quantise_slopes = quantise_slopes,
                                          .backward = backward,
                                          .finish = finish,
                                          .largest = largest,
                                          .quantise_weights = quantise_weights,
                                          .add = add,
                                          .position = order.position,
                                          .target = "AVX-512 VNNI"};
  const bool here = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512vnni");
  return here ? &kernels : nullptr;
}

}  // namespace descent::engine

#else

namespace descent::engine {
const Exact8Microkernels* exact8_avx512_vnni() noexcept { return nullptr; }
}  // namespace descent::engine

#endif
