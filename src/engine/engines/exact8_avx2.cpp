// The microkernels of `exact8` on AVX2: rows are widened to 16 bits, and vpmaddwd adds two products of 16-bit numbers
// to each of 8 sums. (vpmaddubsw multiplies bytes but saturates: its sums are not exact.) Each weight and slope is one
// integer of 16 bits.
#include "engine/engines/exact8_microkernels.hpp"

#if defined(__x86_64__)

#include <hwy/base.h>
#include <immintrin.h>

#include <algorithm>

#include "engine/engines/exact8_x86-inl.hpp"

HWY_PUSH_ATTRIBUTES("avx2,fma")
namespace descent::engine {
namespace {

#define DESCENT_UNROLL _Pragma("GCC unroll 32")
#define DESCENT_INLINE inline __attribute__((always_inline))

using Words = __m256i;

DESCENT_INLINE Words add_products(Words sums, Words a, Words b) {
  return _mm256_add_epi32(sums, _mm256_madd_epi16(a, b));
}

DESCENT_INLINE Words widen(const std::uint8_t* p) {
  return _mm256_cvtepu8_epi16(_mm_load_si128(reinterpret_cast<const __m128i*>(p)));
}

DESCENT_INLINE Words load(const void* p) { return _mm256_load_si256(static_cast<const Words*>(p)); }

// ---- scores ---------------------------------------------------------------------------------------------------------

/// Scores of four rows from `row` on, in Outputs outputs from `output` on.
template <std::size_t Outputs>
__attribute__((noinline)) void forward_tile(const ByteForwardCall& call, std::size_t row, std::size_t output,
                                            const std::uint8_t* const* next, std::size_t fetched) {
  constexpr std::size_t rows = 2;
  const std::size_t stride = 2 * call.block.width, chunks = call.block.chunks;
  for (std::size_t pair = 0; pair < 4; pair += rows) {
    const std::uint8_t* x[rows];
    Words sum[Outputs][rows];
    DESCENT_UNROLL for (std::size_t r = 0; r < rows; ++r) x[r] = call.x[row + pair + r] + call.block.first;
    DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) {
      DESCENT_UNROLL for (std::size_t r = 0; r < rows; ++r) sum[k][r] = _mm256_setzero_si256();
    }
    const std::int8_t* const q = call.q + output * stride;
    for (std::size_t c = 0; c < chunks; ++c) {
      const std::size_t at = c * kChunkFeatures;
      if (c % 4 < rows && c % 4 + pair < fetched)  // one cache line per four chunks
        __builtin_prefetch(next[c % 4 + pair] + call.block.first + at / kLineFeatures * kLineFeatures, 0, 2);
      Words wide[rows];
      DESCENT_UNROLL for (std::size_t r = 0; r < rows; ++r) wide[r] = widen(x[r] + at);
      DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) {
        const Words w = load(q + k * stride + 2 * at);
        DESCENT_UNROLL for (std::size_t r = 0; r < rows; ++r) sum[k][r] = add_products(sum[k][r], wide[r], w);
      }
    }
    DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) {
      float* const s = call.s + (output + k) * call.s_stride + row + pair;
      DESCENT_UNROLL for (std::size_t r = 0; r < rows; ++r) s[r] =
          static_cast<float>(add_lanes(sum[k][r])) * call.scale[output + k];
    }
  }
}

constexpr std::size_t kMostOutputs = 5;

template <std::size_t Outputs>
void forward_outputs(const ByteForwardCall& call, std::size_t output, std::size_t group, std::size_t groups) {
  const std::size_t steps = (call.rows + 3) / 4, tiles = steps * groups;
  for (std::size_t t = 0; t < steps; ++t) {
    const std::size_t n = group * steps + t, from = call.fetch.rows * n / tiles, to = call.fetch.rows * (n + 1) / tiles;
    forward_tile<Outputs>(call, 4 * t, output, call.fetch.x + from, to - from);
  }
  for (std::size_t k = output; k < output + Outputs; ++k)
    for (std::size_t r = 4 * steps; r < (call.rows + 15) / 16 * 16; ++r) call.s[k * call.s_stride + r] = 0;
}

template <template <std::size_t> class Visit>
void for_output_groups(std::size_t outputs, const auto& call) {
  const std::size_t groups = (outputs + kMostOutputs - 1) / kMostOutputs;
  for (std::size_t group = 0; group < groups; ++group) {
    const std::size_t begin = outputs * group / groups;
    switch (outputs * (group + 1) / groups - begin) {
      case 1:
        Visit<1>::outputs(call, begin, group, groups);
        break;
      case 2:
        Visit<2>::outputs(call, begin, group, groups);
        break;
      case 3:
        Visit<3>::outputs(call, begin, group, groups);
        break;
      case 4:
        Visit<4>::outputs(call, begin, group, groups);
        break;
      default:
        Visit<5>::outputs(call, begin, group, groups);
        break;
    }
  }
}

template <std::size_t Outputs>
struct Forward {
  static void outputs(const ByteForwardCall& call, std::size_t output, std::size_t group, std::size_t groups) {
    forward_outputs<Outputs>(call, output, group, groups);
  }
};

void forward(const ByteForwardCall& call) noexcept { for_output_groups<Forward>(call.outputs, call); }

// ---- slopes ---------------------------------------------------------------------------------------------------------

void quantise_slopes(const QuantiseSlopesCall& call) noexcept {
  for (std::size_t k = 0; k < call.outputs; ++k) {
    const float* const slope = call.slope + k * call.stride;
    std::int8_t* const q = call.q + 2 * k * call.stride;
    for (std::size_t r = call.first; r < call.first + call.rows; r += 16) {
      // Packing works within 128-bit halves, so the middle quarters must be swapped.
      const Words packed = _mm256_packs_epi32(slopes_of(slope + r, call.factor), slopes_of(slope + r + 8, call.factor));
      _mm256_store_si256(reinterpret_cast<Words*>(q + 2 * r), _mm256_permute4x64_epi64(packed, 0xd8));
    }
  }
}

// ---- gradient -------------------------------------------------------------------------------------------------------

/// Gradient of sixteen features of Outputs outputs. The values of a feature in two rows are put side by side. The sums
/// of one call fit into int32; they are split into 256·high + low when they are added to g.
template <std::size_t Outputs>
__attribute__((noinline)) void backward_chunk(const ByteBackwardCall& call, std::size_t at, std::size_t output) {
  const std::size_t width = call.block.width, offset = call.block.first + at;
  std::int32_t* const g = call.g + 2 * output * width + at;
  const std::int8_t* const q = call.q + 2 * output * call.q_stride + 2 * call.first;
  Words sum[Outputs][2];
  DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) sum[k][0] = sum[k][1] = _mm256_setzero_si256();
  for (std::size_t r = 0; r < call.rows; r += 2) {
    const Words a = widen(call.x[r] + offset), b = widen(call.x[r + 1] + offset);
    const Words low = _mm256_unpacklo_epi16(a, b), high = _mm256_unpackhi_epi16(a, b);
    DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) {
      std::int32_t pair;
      __builtin_memcpy(&pair, q + 2 * k * call.q_stride + 2 * r, sizeof pair);
      const Words slopes = _mm256_set1_epi32(pair);
      sum[k][0] = add_products(sum[k][0], low, slopes);
      sum[k][1] = add_products(sum[k][1], high, slopes);
    }
  }
  const Words byte = _mm256_set1_epi32(255);
  DESCENT_UNROLL for (std::size_t k = 0; k < Outputs; ++k) {
    DESCENT_UNROLL for (std::size_t v = 0; v < 2; ++v) {
      auto *const to_high = reinterpret_cast<Words*>(g + 2 * k * width + 8 * v), *const to_low =
                                                                                     reinterpret_cast<Words*>(
                                                                                         g + (2 * k + 1) * width +
                                                                                         8 * v);
      Words high = _mm256_srai_epi32(sum[k][v], 8), low = _mm256_and_si256(sum[k][v], byte);
      if (call.add) high = _mm256_add_epi32(high, *to_high), low = _mm256_add_epi32(low, *to_low);
      _mm256_store_si256(to_high, high);
      _mm256_store_si256(to_low, low);
    }
  }
}

template <std::size_t Outputs>
struct Backward {
  static void outputs(const ByteBackwardCall& call, std::size_t output, std::size_t, std::size_t) {
    for (std::size_t c = 0; c < call.block.chunks; ++c) backward_chunk<Outputs>(call, c * kChunkFeatures, output);
  }
};

void backward(const ByteBackwardCall& call) noexcept { for_output_groups<Backward>(call.outputs, call); }

// ---- weights --------------------------------------------------------------------------------------------------------

/// Packing undoes the order of the unpacks: 16-bit weights lie in the same order as the bytes of rows.
std::int64_t quantise_weights(const float* w, std::size_t width, float scale, std::int8_t* q) noexcept {
  const __m256 factor = _mm256_set1_ps(scale);
  Words sizes = _mm256_setzero_si256();
  for (std::size_t j = 0; j < width; j += kChunkFeatures) {
    const Words a = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_load_ps(w + j), factor)),
                b = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_load_ps(w + j + 8), factor));
    sizes = _mm256_add_epi32(sizes, _mm256_add_epi32(_mm256_abs_epi32(a), _mm256_abs_epi32(b)));
    _mm256_store_si256(reinterpret_cast<Words*>(q + 2 * j), _mm256_packs_epi32(a, b));
  }
  return add_wide(sizes);
}

struct Order {
  Order() noexcept {
    // The unpacks put features 0–3 and 8–11 of a chunk's sixteen into the first vector, 4–7 and 12–15 into the second.
    for (std::size_t j = 0; j < kLineFeatures; ++j)
      position[j] = static_cast<std::uint8_t>(j / 16 * 16 + 8 * (j / 4 % 2) + 4 * (j / 8 % 2) + j % 4);
  }
  std::uint8_t position[kLineFeatures];
};

}  // namespace
}  // namespace descent::engine
HWY_POP_ATTRIBUTES

namespace descent::engine {

const Exact8Microkernels* exact8_avx2() noexcept {
  static const Order order;
  static const Exact8Microkernels kernels{.forward = forward,
                                          .quantise_slopes = quantise_slopes,
                                          .backward = backward,
                                          .finish = finish,
                                          .largest = largest,
                                          .quantise_weights = quantise_weights,
                                          .add = add,
                                          .position = order.position,
                                          .target = "AVX2"};
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kernels : nullptr;
}

}  // namespace descent::engine

#else

namespace descent::engine {
const Exact8Microkernels* exact8_avx2() noexcept { return nullptr; }
}  // namespace descent::engine

#endif
