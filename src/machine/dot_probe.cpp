#include "machine/dot_probe.hpp"

#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#elif defined(__ARM_FEATURE_DOTPROD)
#include <arm_neon.h>
#endif

namespace descent::machine {
namespace {

// Twelve independent sums cover the latency of two units (4 to 5 cycles each), as in the float probe. Intrinsics, since
// Highway 1.0 has no product of 8-bit numbers.
[[maybe_unused]] constexpr int kSums = 12, kRepeats = 8;

#if defined(__x86_64__)

// The compiler must believe that the factors change in every round: it would move constant work out of the loop. The
// pragmas unroll the loops over the sums completely, since GCC 12 otherwise keeps the array of sums in memory.
#define DESCENT_DOT_PROBE(name, features, Vector, zero, set, step, add_up)                  \
  __attribute__((target(features))) int name(std::size_t rounds) noexcept {                 \
    Vector sum[kSums];                                                                      \
    Vector a = set(3), b = set(5);                                                          \
    _Pragma("GCC unroll 12") for (int i = 0; i < kSums; ++i) sum[i] = zero();               \
    for (std::size_t round = 0; round < rounds; ++round) {                                  \
      _Pragma("GCC unroll 8") for (int repeat = 0; repeat < kRepeats; ++repeat) {           \
        _Pragma("GCC unroll 12") for (int i = 0; i < kSums; ++i) {                          \
          asm volatile("" : "+x"(a), "+x"(b));                                              \
          sum[i] = step(sum[i], a, b);                                                      \
        }                                                                                   \
      }                                                                                     \
    }                                                                                       \
    Vector total = sum[0];                                                                  \
    _Pragma("GCC unroll 12") for (int i = 1; i < kSums; ++i) total = add_up(total, sum[i]); \
    int lanes[sizeof(Vector) / sizeof(int)];                                                \
    __builtin_memcpy(lanes, &total, sizeof(total));                                         \
    return lanes[0];                                                                        \
  }

#define DESCENT_MADD(sum, a, b) _mm256_add_epi32(sum, _mm256_madd_epi16(a, b))
#define DESCENT_MADDUBS(sum, a, b) \
  _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), _mm256_set1_epi16(1)))

DESCENT_DOT_PROBE(vpdpbusd_512, "avx512f,avx512vnni", __m512i, _mm512_setzero_si512, _mm512_set1_epi8,
                  _mm512_dpbusd_epi32, _mm512_add_epi32)
DESCENT_DOT_PROBE(vpdpbusd_256, "avx2,avxvnni", __m256i, _mm256_setzero_si256, _mm256_set1_epi8,
                  _mm256_dpbusd_avx_epi32, _mm256_add_epi32)
DESCENT_DOT_PROBE(vpmaddubsw, "avx2", __m256i, _mm256_setzero_si256, _mm256_set1_epi8, DESCENT_MADDUBS,
                  _mm256_add_epi32)
DESCENT_DOT_PROBE(vpmaddwd, "avx2", __m256i, _mm256_setzero_si256, _mm256_set1_epi8, DESCENT_MADD, _mm256_add_epi32)

/// AVX-VNNI, which __builtin_cpu_supports does not know in every compiler.
bool has_avx_vnni() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a >> 4 & 1U) != 0 && __builtin_cpu_supports("avx2") != 0;
}

std::vector<DotProbe> probes_here() {
  constexpr double times = kSums * kRepeats;
  std::vector<DotProbe> probes;
  if (__builtin_cpu_supports("avx512vnni") != 0) probes.push_back({"vpdpbusd 512", 64 * times, vpdpbusd_512});
  if (has_avx_vnni()) probes.push_back({"vpdpbusd 256", 32 * times, vpdpbusd_256});
  if (__builtin_cpu_supports("avx2") != 0) {
    probes.push_back({"vpmaddubsw", 32 * times, vpmaddubsw});
    // multiplies 16-bit numbers, to which 8-bit numbers are widened for exact sums
    probes.push_back({"vpmaddwd", 16 * times, vpmaddwd});
  }
  return probes;
}

#elif defined(__ARM_FEATURE_DOTPROD)

int vdotq(std::size_t rounds) noexcept {
  int32x4_t sum[kSums];
  int8x16_t a = vdupq_n_s8(3), b = vdupq_n_s8(5);
  for (int i = 0; i < kSums; ++i) sum[i] = vdupq_n_s32(0);
  for (std::size_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 8
    for (int repeat = 0; repeat < kRepeats; ++repeat) {
#pragma GCC unroll 12
      for (int i = 0; i < kSums; ++i) {
        asm volatile("" : "+w"(a), "+w"(b));
        sum[i] = vdotq_s32(sum[i], a, b);
      }
    }
  }
  int32x4_t total = sum[0];
  for (int i = 1; i < kSums; ++i) total = vaddq_s32(total, sum[i]);
  return vgetq_lane_s32(total, 0);
}

std::vector<DotProbe> probes_here() { return {{"sdot", 16.0 * kSums * kRepeats, vdotq}}; }

#else

std::vector<DotProbe> probes_here() { return {}; }

#endif

}  // namespace

std::span<const DotProbe> dot_probes() {
  static const std::vector<DotProbe> probes = probes_here();
  return probes;
}

}  // namespace descent::machine
