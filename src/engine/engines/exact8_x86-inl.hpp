// What the microkernels of `exact8` with vectors of 256 bits have in common. Every file that includes this one compiles
// a copy for its own instruction set.
#pragma once

#include <hwy/base.h>
#include <immintrin.h>

#include "engine/engines/exact8_microkernels.hpp"

HWY_PUSH_ATTRIBUTES("avx2,fma")
namespace descent::engine {
namespace {

inline std::int32_t add_lanes(__m256i v) noexcept {
  __m128i four = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
  return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1)));
}

/// The sum of eight unsigned 32-bit numbers, in 64 bits.
inline std::int64_t add_wide(__m256i v) noexcept {
  const __m256i wide = _mm256_add_epi64(_mm256_and_si256(v, _mm256_set1_epi64x(0xffffffff)), _mm256_srli_epi64(v, 32));
  const __m128i two = _mm_add_epi64(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
  return _mm_cvtsi128_si64(two) + _mm_extract_epi64(two, 1);
}

/// Splits integers into two bytes: 256·high + low.
inline __m256i high_of(__m256i q) noexcept { return _mm256_srai_epi32(_mm256_add_epi32(q, _mm256_set1_epi32(128)), 8); }

/// Eight slopes as integers.
inline __m256i slopes_of(const float* slope, float factor) noexcept {
  const __m256 scaled = _mm256_mul_ps(_mm256_load_ps(slope), _mm256_set1_ps(factor));
  const __m256 is_number = _mm256_cmp_ps(scaled, scaled, _CMP_ORD_Q);
  const __m256 bounded = _mm256_max_ps(_mm256_set1_ps(-kMostQ), _mm256_min_ps(_mm256_set1_ps(kMostQ), scaled));
  return _mm256_cvtps_epi32(_mm256_and_ps(is_number, bounded));
}

inline void finish(const FinishOutputCall& call) noexcept {
  const __m256 scale = _mm256_set1_ps(call.scale), l2 = _mm256_set1_ps(call.l2), rate = _mm256_set1_ps(call.rate),
               step = _mm256_set1_ps(256);
  for (std::size_t j = 0; j < call.width; j += 8) {
    __m256i high = _mm256_setzero_si256(), low = high;
    for (std::size_t t = 0; t < call.workers; ++t) {
      high = _mm256_add_epi32(high, _mm256_load_si256(reinterpret_cast<const __m256i*>(call.g[t] + j)));
      low = _mm256_add_epi32(low, _mm256_load_si256(reinterpret_cast<const __m256i*>(call.g[t] + call.width + j)));
    }
    const __m256i carry = high_of(low);
    low = _mm256_sub_epi32(low, _mm256_slli_epi32(carry, 8));
    const __m256 sum =
        _mm256_fmadd_ps(_mm256_cvtepi32_ps(_mm256_add_epi32(high, carry)), step, _mm256_cvtepi32_ps(low));
    const __m256 w = _mm256_load_ps(call.w + j), g = _mm256_fmadd_ps(l2, w, _mm256_mul_ps(sum, scale));
    if (call.update) _mm256_store_ps(call.w + j, _mm256_fnmadd_ps(rate, g, w));
    if (call.g_out != nullptr) _mm256_store_ps(call.g_out + j, g);
  }
}

inline std::uint32_t largest(const float* w, std::size_t width) noexcept {
  const __m256i size = _mm256_set1_epi32(0x7fffffff);
  __m256i most = _mm256_setzero_si256();
  for (std::size_t j = 0; j < width; j += 8)
    most = _mm256_max_epi32(most, _mm256_and_si256(size, _mm256_load_si256(reinterpret_cast<const __m256i*>(w + j))));
  alignas(32) std::uint32_t lanes[8];
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), most);
  std::uint32_t result = 0;
  for (const std::uint32_t lane : lanes) result = lane > result ? lane : result;
  return result;
}

inline void add(const float* more, std::size_t count, float* s) noexcept {
  for (std::size_t i = 0; i < count; i += 8)
    _mm256_store_ps(s + i, _mm256_add_ps(_mm256_load_ps(s + i), _mm256_load_ps(more + i)));
}

}  // namespace
}  // namespace descent::engine
HWY_POP_ATTRIBUTES
