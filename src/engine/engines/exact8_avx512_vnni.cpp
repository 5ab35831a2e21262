// The microkernels of `exact8` on AVX-512 with VNNI: vpdpbusd multiplies 64 bytes of rows by 64 signed bytes and adds
// four products to each of 16 sums. Weights and slopes are two planes of bytes, high and low.
#include "engine/engines/exact8_microkernels.hpp"

#if defined(__x86_64__)

#include <hwy/base.h>
#include <immintrin.h>

#include "engine/engines/exact8_avx512-inl.hpp"
#include "engine/engines/exact8_avx512_backward-inl.hpp"
#include "engine/engines/exact8_avx512_forward-inl.hpp"

// GCC 12's own AVX-512 header reads undefined vectors on purpose: room.cmake turns off its warning.
HWY_PUSH_ATTRIBUTES("avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")
namespace descent::engine {
namespace {

// ---- slopes ---------------------------------------------------------------------------------------------------------

void quantise_slopes(const QuantiseSlopesCall& call) noexcept {
  const __m512 factor = _mm512_set1_ps(call.factor), most = _mm512_set1_ps(kMostQ), least = _mm512_set1_ps(-kMostQ);
  for (std::size_t k = 0; k < call.outputs; ++k) {
    const float* const slope = call.slope + k * call.stride;
    std::int8_t *const high = call.q + 2 * k * call.stride, *const low = high + call.stride;
    for (std::size_t r = call.first; r < call.first + call.rows; r += 16) {
      const __m512 scaled = _mm512_mul_ps(_mm512_load_ps(slope + r), factor);
      const __mmask16 is_number = _mm512_cmp_ps_mask(scaled, scaled, _CMP_ORD_Q);
      const Bytes q = _mm512_maskz_cvtps_epi32(is_number, _mm512_max_ps(least, _mm512_min_ps(most, scaled)));
      _mm_store_si128(reinterpret_cast<__m128i*>(high + r), _mm512_cvtepi32_epi8(high_of(q)));
      _mm_store_si128(reinterpret_cast<__m128i*>(low + r), _mm512_cvtepi32_epi8(q));
    }
  }
}

// ---- weights --------------------------------------------------------------------------------------------------------

void finish(const FinishOutputCall& call) noexcept {
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

/// Packing undoes the order of the unpacks: bytes of weights lie in the same order as bytes of rows.
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
    _mm512_store_si512(q + j,
                       _mm512_packs_epi16(_mm512_packs_epi32(high[0], high[1]), _mm512_packs_epi32(high[2], high[3])));
    _mm512_store_si512(q + width + j,
                       _mm512_packs_epi16(_mm512_packs_epi32(low[0], low[1]), _mm512_packs_epi32(low[2], low[3])));
  }
  return _mm512_reduce_add_epi64(
      _mm512_add_epi64(_mm512_and_si512(sizes, _mm512_set1_epi64(0xffffffff)), _mm512_srli_epi64(sizes, 32)));
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
                                          .target = "AVX-512 VNNI",
                                          .byte_products = 2};
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
