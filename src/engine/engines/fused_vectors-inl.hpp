// What the microkernels of `fused` have in common: vectors, folds and groups of outputs (once per instruction set).
#include <hwy/highway.h>

#include <cstddef>

#include "engine/engines/fused_microkernels.hpp"

#if defined(DESCENT_FUSED_VECTORS_TOGGLE) == defined(HWY_TARGET_TOGGLE)
#ifdef DESCENT_FUSED_VECTORS_TOGGLE
#undef DESCENT_FUSED_VECTORS_TOGGLE
#else
#define DESCENT_FUSED_VECTORS_TOGGLE
#endif

HWY_BEFORE_NAMESPACE();
namespace descent::engine {
namespace HWY_NAMESPACE {
#if HWY_NATIVE_FMA
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kVector = 16;

const hn::CappedTag<float, kVector> d;
using D = decltype(d);
using V = hn::Vec<D>;
constexpr std::size_t kNative = hn::MaxLanes(D());
constexpr std::size_t kParts = kVector / kNative;  // native vectors in 16 lanes
constexpr bool kWide = kNative == kVector;         // AVX-512: 32 registers of a whole cache line each

// GCC 12 keeps arrays of vectors in registers only where the loops over them are unrolled by pragma.
#define DESCENT_UNROLL _Pragma("GCC unroll 32")

/// Asks for a cache line, into L2: L1 is full of what is being worked on.
HWY_INLINE void fetch_line(const float* p) { __builtin_prefetch(p, 0, 2); }

/// Loads into a register at this place; the compiler would move the load down to its use.
HWY_INLINE V load_now(const float* p) {
  V v = hn::Load(d, p);
#if HWY_ARCH_X86
  if constexpr (kWide) asm volatile("" : "+v"(v.raw));
#endif
  return v;
}

const hn::FixedTag<float, 4> d4;
using V4 = hn::Vec<decltype(d4)>;

/// The first two levels of the lane tree, 16 → 8 → 4: lane l + lane l+8, then l+4. parts: kParts native vectors.
template <class Tag>
HWY_INLINE V4 fold_to_four(Tag tag, const hn::Vec<Tag>* parts) {
  if constexpr (hn::MaxLanes(Tag()) == 16) {
    const hn::Half<Tag> half;
    const hn::Half<decltype(half)> quarter;
    const auto eight = hn::Add(hn::LowerHalf(half, parts[0]), hn::UpperHalf(half, parts[0]));
    return hn::Add(hn::LowerHalf(quarter, eight), hn::UpperHalf(quarter, eight));
  } else if constexpr (hn::MaxLanes(Tag()) == 8) {
    const hn::Half<Tag> half;
    const auto eight = hn::Add(parts[0], parts[1]);
    return hn::Add(hn::LowerHalf(half, eight), hn::UpperHalf(half, eight));
  } else {
    (void)tag;
    return hn::Add(hn::Add(parts[0], parts[2]), hn::Add(parts[1], parts[3]));
  }
}

/// The last two levels for four sums at once: result lane i is the sum of fold i.
HWY_INLINE V4 fold_four(V4 a, V4 b, V4 c, V4 e) {
  const V4 ab = hn::Add(hn::ConcatLowerLower(d4, b, a), hn::ConcatUpperUpper(d4, b, a));
  const V4 ce = hn::Add(hn::ConcatLowerLower(d4, e, c), hn::ConcatUpperUpper(d4, e, c));
  return hn::Add(hn::ConcatEven(d4, ce, ab), hn::ConcatOdd(d4, ce, ab));
}

/// Folds the 16-lane sums of Rows rows, parts[Rows][kParts], into s[0 … Rows).
template <std::size_t Rows>
HWY_INLINE void fold_rows(const V (*parts)[kParts], float* s) {
  DESCENT_UNROLL for (std::size_t r = 0; r + 4 <= Rows; r += 4)
      hn::StoreU(fold_four(fold_to_four(d, parts[r]), fold_to_four(d, parts[r + 1]), fold_to_four(d, parts[r + 2]),
                           fold_to_four(d, parts[r + 3])),
                 d4, s + r);
  if constexpr (Rows % 4 > 0) {
    constexpr std::size_t r = Rows / 4 * 4, left = Rows % 4;
    const V4 zero = hn::Zero(d4);
    HWY_ALIGN float lanes[4];
    hn::Store(fold_four(fold_to_four(d, parts[r]), left > 1 ? fold_to_four(d, parts[r + (left > 1 ? 1 : 0)]) : zero,
                        left > 2 ? fold_to_four(d, parts[r + (left > 2 ? 2 : 0)]) : zero, zero),
              d4, lanes);
    for (std::size_t i = 0; i < left; ++i) s[r + i] = lanes[i];
  }
}

/// Folds the 16-lane sums of four outputs and four rows, sums[k * 4 + r], into s[k * s_stride + r], where a register
/// has 16 lanes. Each level of the lane tree halves the number of registers: one register takes the lanes that two
/// keep, and another the lanes that these two add to them, turned to the same places. So a level costs three or four
/// instructions for each pair of registers, where fold_rows does each of the first two levels for every sum by itself.
template <class Tag>
HWY_INLINE void fold_sixteen(Tag tag, const hn::Vec<Tag> (*sums)[1], float* s, std::size_t s_stride) {
  using W = hn::Vec<Tag>;
  const hn::Repartition<double, Tag> tag64;
  W rows[4];  // block k: the four lanes of output k that are left
  DESCENT_UNROLL for (std::size_t r = 0; r < 4; ++r) {
    W eights[2];  // the eight lanes of outputs 0 and 2, and of 1 and 3
    DESCENT_UNROLL for (std::size_t i = 0; i < 2; ++i) {
      const W a = sums[i * 4 + r][0], b = sums[(i + 2) * 4 + r][0];
      eights[i] = hn::Add(hn::ConcatUpperLower(tag, b, a), hn::ConcatLowerUpper(tag, b, a));
    }
    rows[r] = hn::Add(hn::OddEvenBlocks(eights[1], eights[0]),
                      hn::SwapAdjacentBlocks(hn::OddEvenBlocks(eights[0], eights[1])));
  }
  W pairs[2];  // block k: two lanes each of rows 0 and 2, and of 1 and 3, of output k
  DESCENT_UNROLL for (std::size_t i = 0; i < 2; ++i) {
    const auto a = hn::BitCast(tag64, rows[i]), b = hn::BitCast(tag64, rows[i + 2]);
    pairs[i] = hn::Add(hn::BitCast(tag, hn::OddEven(b, a)), hn::Shuffle1032(hn::BitCast(tag, hn::OddEven(a, b))));
  }
  const W folded = hn::Add(hn::OddEven(pairs[1], pairs[0]), hn::Shuffle2301(hn::OddEven(pairs[0], pairs[1])));
  const hn::Half<Tag> half;
  const hn::Half<decltype(half)> quarter;
  const auto low = hn::LowerHalf(half, folded), high = hn::UpperHalf(half, folded);
  hn::StoreU(hn::LowerHalf(quarter, low), quarter, s);
  hn::StoreU(hn::UpperHalf(quarter, low), quarter, s + s_stride);
  hn::StoreU(hn::LowerHalf(quarter, high), quarter, s + 2 * s_stride);
  hn::StoreU(hn::UpperHalf(quarter, high), quarter, s + 3 * s_stride);
}

/// Writes four vectors of four numbers as the columns of to[4, to_stride].
HWY_INLINE void turn_four(V4 a, V4 b, V4 c, V4 e, float* to, std::size_t to_stride) {
  const V4 ac = hn::InterleaveLower(d4, a, c), be = hn::InterleaveLower(d4, b, e);
  const V4 ac_high = hn::InterleaveUpper(d4, a, c), be_high = hn::InterleaveUpper(d4, b, e);
  hn::Store(hn::InterleaveLower(d4, ac, be), d4, to);
  hn::Store(hn::InterleaveUpper(d4, ac, be), d4, to + to_stride);
  hn::Store(hn::InterleaveLower(d4, ac_high, be_high), d4, to + 2 * to_stride);
  hn::Store(hn::InterleaveUpper(d4, ac_high, be_high), d4, to + 3 * to_stride);
}

HWY_INLINE void turn(const TurnCall& call) {
  const std::size_t stride = call.from_stride;
  for (std::size_t k = 0; k < call.columns; k += 4) {
    const float* const a = call.from + k * stride;
    const std::size_t last = call.columns - k - 1;
    const float *const b = a + (last < 1 ? last : 1) * stride, *const c = a + (last < 2 ? last : 2) * stride,
                       *const e = a + (last < 3 ? last : 3) * stride;
    for (std::size_t r = 0; r < call.rows; r += 4) {
      turn_four(hn::LoadU(d4, a + r), hn::LoadU(d4, b + r), hn::LoadU(d4, c + r), hn::LoadU(d4, e + r),
                call.to + r * call.to_stride + k, call.to_stride);
    }
  }
}

/// Calls visit.operator()<count>(…), 1 <= count <= Most: turns a number of outputs into a template argument.
template <std::size_t Most, std::size_t Outputs = 1, class Visit>
HWY_INLINE void with_outputs(std::size_t count, const Visit& visit, std::size_t output, std::size_t group,
                             std::size_t groups) {
  if (count == Outputs) return visit.template operator()<Outputs>(output, group, groups);
  if constexpr (Outputs < Most) with_outputs<Most, Outputs + 1>(count, visit, output, group, groups);
}

/// Calls visit.operator()<outputs>(first output, group, groups) for groups of at most Most outputs, of sizes as equal
/// as possible.
template <std::size_t Most, class Visit>
HWY_INLINE void for_output_groups(std::size_t outputs, const Visit& visit) {
  const std::size_t groups = (outputs + Most - 1) / Most;
  for (std::size_t group = 0; group < groups; ++group) {
    const std::size_t begin = outputs * group / groups;
    with_outputs<Most>(outputs * (group + 1) / groups - begin, visit, begin, group, groups);
  }
}

}  // namespace
#endif  // HWY_NATIVE_FMA
}  // namespace HWY_NAMESPACE
}  // namespace descent::engine
HWY_AFTER_NAMESPACE();
#endif  // DESCENT_FUSED_VECTORS_TOGGLE
