// What the microkernels of `exact8` on AVX-512 with VNNI have in common.
#pragma once

#include <hwy/base.h>
#include <immintrin.h>

#include <algorithm>

#include "engine/engines/exact8_microkernels.hpp"

HWY_PUSH_ATTRIBUTES("avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")
namespace descent::engine {
namespace {

using Bytes = __m512i;

// GCC 12 keeps arrays of vectors in registers only where the loops over them are unrolled by pragma.
#define DESCENT_UNROLL _Pragma("GCC unroll 32")
#define DESCENT_INLINE inline __attribute__((always_inline))

/// sums + rows · with_sign, four products per sum. Written as inline assembly, since with the intrinsic GCC 12 copies
/// and spills the sums.
DESCENT_INLINE Bytes dot(Bytes sums, Bytes rows, Bytes with_sign) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(rows), "v"(with_sign));
  return sums;
}

/// Loads into a register at this place. The compiler would move the load between the products, which costs a fifth of
/// their speed (docs/engine.md).
DESCENT_INLINE Bytes load_now(const void* p) {
  Bytes v = _mm512_load_si512(p);
  asm volatile("" : "+v"(v));
  return v;
}

/// Asks for a cache line, into L2.
DESCENT_INLINE void fetch_line(const std::uint8_t* p) { __builtin_prefetch(p, 0, 2); }

/// Splits integers into two bytes: 256·high + low.
DESCENT_INLINE Bytes high_of(Bytes q) { return _mm512_srai_epi32(_mm512_add_epi32(q, _mm512_set1_epi32(128)), 8); }

constexpr std::size_t kMostOutputs = 5;

/// Calls visit(first output, outputs, group, groups) for groups of at most kMostOutputs outputs, of sizes as equal as
/// possible.
template <class Visit>
void for_output_groups(std::size_t outputs, const Visit& visit) {
  const std::size_t groups = (outputs + kMostOutputs - 1) / kMostOutputs;
  for (std::size_t group = 0; group < groups; ++group) {
    const std::size_t begin = outputs * group / groups;
    visit(begin, outputs * (group + 1) / groups - begin, group, groups);
  }
}

}  // namespace
}  // namespace descent::engine
HWY_POP_ATTRIBUTES
