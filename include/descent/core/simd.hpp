// Sixteen virtual float lanes over Highway, for code that is compiled once per instruction set: include it after
// <hwy/foreach_target.h>. No #pragma once: the guard toggles, so that every pass of foreach_target gets its own copy.
#include <hwy/highway.h>

#ifndef DESCENT_CORE_SIMD_ONCE
#define DESCENT_CORE_SIMD_ONCE

#include <cstddef>
#include <cstdint>

namespace descent::core {

/// Every sum over examples or features is taken in this many lanes, on every machine (one AVX-512 vector, two of AVX2).
inline constexpr std::size_t kLanes = 16;

/// Largest errors of exp, log1p and log below, in units in the last place: measured over every float of their domains
/// (fused 1.011, 1.470, 0.872; not fused 0.990, 1.530, 0.954), rounded up. The test reads them.
inline constexpr double kExpMaxUlp = 1.1, kLog1pMaxUlp = 1.6, kLogMaxUlp = 1.0;

/// exp(x) is 0 for x below kExpLowest (the result would be denormal) and +inf for x above kExpHighest.
inline constexpr float kExpLowest = -87.33654022f, kExpHighest = 88.72283173f;

/// The instruction set that dynamic dispatch has chosen ("AVX2"), and whether its multiply-add is fused: with it, exp,
/// log1p, the losses and everything built on them give the same bits on every machine.
const char* simd_target() noexcept;
bool simd_fused() noexcept;

}  // namespace descent::core

// GCC keeps small arrays of vectors in memory unless their loops are unrolled before it looks.
#if defined(__clang__)
#define DESCENT_UNROLL _Pragma("clang loop unroll(full)")
#else
#define DESCENT_UNROLL _Pragma("GCC unroll 16")
#endif
#endif  // DESCENT_CORE_SIMD_ONCE

#if defined(DESCENT_CORE_SIMD_TOGGLE) == defined(HWY_TARGET_TOGGLE)
#ifdef DESCENT_CORE_SIMD_TOGGLE
#undef DESCENT_CORE_SIMD_TOGGLE
#else
#define DESCENT_CORE_SIMD_TOGGLE
#endif

HWY_BEFORE_NAMESPACE();
namespace descent::core {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::CappedTag<float, kLanes>;
using IntTag = hn::RebindToSigned<FloatTag>;
inline constexpr std::size_t kPartLanes = hn::MaxLanes(FloatTag());
inline constexpr std::size_t kParts = kLanes / kPartLanes;

// ---- exp, log1p, log of one native vector: explicit operations only, so that a library's version cannot change a bit
// ----

/// e^x to kExpMaxUlp; never denormal, NaN stays NaN. x = n ln 2 + r, |r| <= ln 2 / 2; the polynomial is a minimax fit
/// of (e^r - 1 - r) / r^2, relative error 3e-9.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp(D d, V x) {
  const hn::RebindToSigned<D> di;
  const V magic = hn::Set(d, 12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer, left in the low bits
  const V shifted = hn::MulAdd(x, hn::Set(d, 1.44269504f), magic);
  const V n = hn::Sub(shifted, magic);
  V r = hn::MulAdd(n, hn::Set(d, -0.693359375f), x);  // 355/512: n times it is exact
  r = hn::MulAdd(n, hn::Set(d, 2.12194440e-4f), r);
  V q = hn::MulAdd(r, hn::Set(d, 0.00138389051f), hn::Set(d, 0.00836919248f));
  q = hn::MulAdd(q, r, hn::Set(d, 0.0416681021f));
  q = hn::MulAdd(q, r, hn::Set(d, 0.166665167f));
  q = hn::MulAdd(q, r, hn::Set(d, 0.49999994f));
  const V y = hn::Add(hn::MulAdd(hn::Mul(r, r), q, r), hn::Set(d, 1.0f));
  // Times 2^n by adding to the exponent: exact for every result that is neither flushed nor overflows.
  const V scaled = hn::BitCast(d, hn::Add(hn::BitCast(di, y), hn::ShiftLeft<23>(hn::BitCast(di, shifted))));
  const V finite = hn::IfThenZeroElse(hn::Lt(x, hn::Set(d, kExpLowest)), scaled);
  const V beyond = hn::Add(x, hn::BitCast(d, hn::Set(di, 0x7F800000)));  // +inf, or NaN for NaN
  return hn::IfThenElse(hn::Le(x, hn::Set(d, kExpHighest)), finite, beyond);
}

/// e ln 2 + log(1 + f) for f in [sqrt(1/2) - 1, sqrt(2) - 1]; the polynomial is a minimax fit of (log(1+f) - f + f^2/2)
/// / f^3, relative error of the result 7e-9.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log_reduced(D d, V e, V f) {
  V p = hn::MulAdd(f, hn::Set(d, -0.0763567761f), hn::Set(d, 0.127633199f));
  p = hn::MulAdd(p, f, hn::Set(d, -0.131605715f));
  p = hn::MulAdd(p, f, hn::Set(d, 0.142015532f));
  p = hn::MulAdd(p, f, hn::Set(d, -0.166233003f));
  p = hn::MulAdd(p, f, hn::Set(d, 0.200012326f));
  p = hn::MulAdd(p, f, hn::Set(d, -0.250008225f));
  p = hn::MulAdd(p, f, hn::Set(d, 0.333333313f));
  p = hn::MulAdd(p, f, hn::Set(d, -0.5f));
  const V tail = hn::MulAdd(hn::Mul(f, f), p, hn::Mul(e, hn::Set(d, -2.12194440e-4f)));
  return hn::MulAdd(e, hn::Set(d, 0.693359375f), hn::Add(f, tail));
}

/// log(1 + x) to kLog1pMaxUlp for -1 < x <= 2^126; +inf and NaN are returned unchanged. Denormal x follow the
/// flush-to-zero mode. With 2^e m = 1 + x the mantissa's f = m - 1 comes straight from x, rounded once: x 2^-e + (2^-e
/// - 1).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log1p(D d, V x) {
  const hn::RebindToSigned<D> di;
  const V one = hn::Set(d, 1.0f);
  const auto e = hn::ShiftRight<23>(hn::Sub(hn::BitCast(di, hn::Add(x, one)), hn::Set(di, 0x3F3504F3)));  // sqrt(1/2)
  const V scale = hn::BitCast(d, hn::Sub(hn::BitCast(di, one), hn::ShiftLeft<23>(e)));
  const V f = hn::MulAdd(x, scale, hn::Sub(scale, one));
  return hn::IfThenElse(hn::Lt(x, hn::BitCast(d, hn::Set(di, 0x7F800000))), log_reduced(d, hn::ConvertTo(d, e), f), x);
}

/// log x to kLogMaxUlp for normal positive x; +inf and NaN are returned unchanged.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log(D d, V x) {
  const hn::RebindToSigned<D> di;
  const auto bits = hn::BitCast(di, x);
  const auto e = hn::ShiftRight<23>(hn::Sub(bits, hn::Set(di, 0x3F3504F3)));
  const V f = hn::Sub(hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<23>(e))), hn::Set(d, 1.0f));
  return hn::IfThenElse(hn::Lt(x, hn::BitCast(d, hn::Set(di, 0x7F800000))), log_reduced(d, hn::ConvertTo(d, e), f), x);
}

// ---- sixteen lanes as one value
// --------------------------------------------------------------------------------------

struct V16 {
  hn::Vec<FloatTag> part[kParts];
  V16() = default;
  HWY_INLINE explicit V16(float value) {
    DESCENT_UNROLL for (std::size_t i = 0; i < kParts; ++i) part[i] = hn::Set(FloatTag(), value);
  }
};
struct M16 {  // a mask
  hn::Mask<FloatTag> part[kParts];
};
struct I16 {  // int32
  hn::Vec<IntTag> part[kParts];
};

/// Applies f part by part; R is V16 or M16.
template <class R, class F, class... Lanes>
HWY_INLINE R map_parts(F f, const Lanes&... lanes) {
  R result;
  DESCENT_UNROLL for (std::size_t i = 0; i < kParts; ++i) result.part[i] = f(lanes.part[i]...);
  return result;
}

/// Load and store of sixteen values at any address.
HWY_INLINE V16 load(const float* from) {
  V16 result;
  DESCENT_UNROLL for (std::size_t i = 0; i < kParts; ++i) result.part[i] = hn::LoadU(FloatTag(), from + i * kPartLanes);
  return result;
}
HWY_INLINE I16 load(const std::int32_t* from) {
  I16 result;
  DESCENT_UNROLL for (std::size_t i = 0; i < kParts; ++i) result.part[i] = hn::LoadU(IntTag(), from + i * kPartLanes);
  return result;
}
HWY_INLINE void store(V16 a, float* to) {
  DESCENT_UNROLL for (std::size_t i = 0; i < kParts; ++i) hn::StoreU(a.part[i], FloatTag(), to + i * kPartLanes);
}

// Not every compiler gives lambdas the instruction set of their namespace, hence HWY_ATTR.
#define DESCENT_MAP1(R, name, A, expression)                            \
  HWY_INLINE R name(A a) {                                              \
    return map_parts<R>([](auto x) HWY_ATTR { return expression; }, a); \
  }
#define DESCENT_MAP2(R, name, A, B, expression)                                    \
  HWY_INLINE R name(A a, B b) {                                                    \
    return map_parts<R>([](auto x, auto y) HWY_ATTR { return expression; }, a, b); \
  }
DESCENT_MAP2(V16, operator+, V16, V16, hn::Add(x, y))
DESCENT_MAP2(V16, operator-, V16, V16, hn::Sub(x, y))
DESCENT_MAP2(V16, operator*, V16, V16, hn::Mul(x, y))
DESCENT_MAP2(V16, operator/, V16, V16, hn::Div(x, y))
DESCENT_MAP2(V16, max, V16, V16, hn::Max(x, y))  // if one operand is NaN, the result is either of them
DESCENT_MAP2(V16, min, V16, V16, hn::Min(x, y))
DESCENT_MAP2(M16, operator<, V16, V16, hn::Lt(x, y))
DESCENT_MAP2(M16, operator<=, V16, V16, hn::Le(x, y))
DESCENT_MAP2(M16, operator>, V16, V16, hn::Gt(x, y))
DESCENT_MAP2(M16, operator>=, V16, V16, hn::Ge(x, y))
DESCENT_MAP2(M16, operator|, M16, M16, hn::Or(x, y))
DESCENT_MAP2(V16, zero_if, M16, V16, hn::IfThenZeroElse(x, y))  // mask ? 0 : value
DESCENT_MAP2(M16, equal, I16, I16, hn::RebindMask(FloatTag(), hn::Eq(x, y)))
DESCENT_MAP1(V16, operator-, V16, hn::Neg(x))
DESCENT_MAP1(V16, abs, V16, hn::Abs(x))
DESCENT_MAP1(V16, exp, V16, exp(FloatTag(), x))
DESCENT_MAP1(V16, log1p, V16, log1p(FloatTag(), x))
DESCENT_MAP1(V16, log, V16, log(FloatTag(), x))
#undef DESCENT_MAP1
#undef DESCENT_MAP2

/// a b + c, fused where simd_fused().
HWY_INLINE V16 fma(V16 a, V16 b, V16 c) {
  return map_parts<V16>([](auto x, auto y, auto z) HWY_ATTR { return hn::MulAdd(x, y, z); }, a, b, c);
}
/// mask ? yes : no.
HWY_INLINE V16 select(M16 mask, V16 yes, V16 no) {
  return map_parts<V16>([](auto m, auto y, auto n) HWY_ATTR { return hn::IfThenElse(m, y, n); }, mask, yes, no);
}
HWY_INLINE I16 all_lanes(std::int32_t value) {
  I16 result;
  DESCENT_UNROLL for (std::size_t i = 0; i < kParts; ++i) result.part[i] = hn::Set(IntTag(), value);
  return result;
}
/// The first `count` lanes of a, and 0 in the others.
HWY_INLINE V16 keep_first(V16 a, std::size_t count) {
  DESCENT_UNROLL for (std::size_t i = 0; i < kParts; ++i) {
    const std::size_t before = i * kPartLanes;
    a.part[i] = hn::IfThenElseZero(hn::FirstN(FloatTag(), count > before ? count - before : 0), a.part[i]);
  }
  return a;
}

/// The first `count` lanes of a, and the lanes of b in the others.
HWY_INLINE V16 first_or(V16 a, V16 b, std::size_t count) {
  DESCENT_UNROLL for (std::size_t i = 0; i < kParts; ++i) {
    const std::size_t before = i * kPartLanes;
    a.part[i] = hn::IfThenElse(hn::FirstN(FloatTag(), count > before ? count - before : 0), a.part[i], b.part[i]);
  }
  return a;
}
HWY_INLINE float first_lane(V16 a) { return hn::GetLane(a.part[0]); }

/// The sum of a vector's lanes l and l + half, halving down to one.
template <class D, class V>
HWY_INLINE float fold(D, V v) {
#if HWY_TARGET == HWY_SCALAR
  return hn::GetLane(v);
#else
  if constexpr (hn::MaxLanes(D()) > 4) {
    const hn::Half<D> half;
    return fold(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  } else {
    const V two = hn::Add(v, hn::Shuffle1032(v));
    return hn::GetLane(hn::Add(two, hn::Shuffle2301(two)));
  }
#endif
}

/// The sum of the sixteen lanes by the fixed tree l+8, l+4, l+2, l+1: the same bits on every target.
HWY_INLINE float reduce_sum(V16 a) {
  DESCENT_UNROLL for (std::size_t half = kParts / 2; half > 0; half /= 2) {
    DESCENT_UNROLL for (std::size_t i = 0; i < half; ++i) a.part[i] = hn::Add(a.part[i], a.part[i + half]);
  }
  return fold(FloatTag(), a.part[0]);
}

/// The largest of the sixteen lanes; any lane if one of them is NaN.
HWY_INLINE float reduce_max(V16 a) {
  DESCENT_UNROLL for (std::size_t half = kParts / 2; half > 0; half /= 2) {
    DESCENT_UNROLL for (std::size_t i = 0; i < half; ++i) a.part[i] = hn::Max(a.part[i], a.part[i + half]);
  }
  return hn::GetLane(hn::MaxOfLanes(FloatTag(), a.part[0]));
}

/// Sixteen double lanes that add up floats, and their sum by the same tree.
class D16 {
#if HWY_TARGET == HWY_SCALAR
  static constexpr std::size_t kPieces = 1;  // per part of a V16
#else
  static constexpr std::size_t kPieces = 2;
#endif
  using Tag = hn::CappedTag<double, kPartLanes / kPieces>;
  hn::Vec<Tag> sums_[kParts * kPieces];

 public:
  HWY_INLINE D16() { DESCENT_UNROLL for (std::size_t i = 0; i < kParts * kPieces; ++i) sums_[i] = hn::Zero(Tag()); }
  HWY_INLINE void add(V16 a) {
    DESCENT_UNROLL for (std::size_t i = 0; i < kParts; ++i) {
#if HWY_TARGET == HWY_SCALAR
      sums_[i] = hn::Add(sums_[i], hn::PromoteTo(Tag(), a.part[i]));
#else
      const hn::Half<FloatTag> half;
      sums_[2 * i] = hn::Add(sums_[2 * i], hn::PromoteTo(Tag(), hn::LowerHalf(half, a.part[i])));
      sums_[2 * i + 1] = hn::Add(sums_[2 * i + 1], hn::PromoteTo(Tag(), hn::UpperHalf(half, a.part[i])));
#endif
    }
  }
  HWY_INLINE double reduce() const {
    double lane[kLanes];
    for (std::size_t i = 0; i < kParts * kPieces; ++i) hn::StoreU(sums_[i], Tag(), lane + i * kPartLanes / kPieces);
    for (std::size_t half = kLanes / 2; half > 0; half /= 2)
      for (std::size_t l = 0; l < half; ++l) lane[l] += lane[l + half];
    return lane[0];
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace descent::core
HWY_AFTER_NAMESPACE();
#endif  // DESCENT_CORE_SIMD_TOGGLE
