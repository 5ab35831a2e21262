// core/simd.hpp: accuracy, special values, and the same bits on every instruction set with fused multiply-add.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd_test.cpp"

// Included in this order, the headers compile this file once for each instruction set.
// clang-format off
#include <hwy/foreach_target.h>
#include "descent/core/simd.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace descent::core {
namespace HWY_NAMESPACE {

void exp16(const float* x, float* out) { store(exp(load(x)), out); }
void log1p16(const float* x, float* out) { store(log1p(load(x)), out); }
void log16(const float* x, float* out) { store(log(load(x)), out); }
void reduce16(const float* x, float* out) { out[0] = reduce_sum(load(x)); }
double accumulate16(const float* x, std::size_t blocks) {
  D16 sum;
  for (std::size_t b = 0; b < blocks; ++b) sum.add(load(x + b * kLanes));
  return sum.reduce();
}
// Writes the result of each operation, 16 floats at a time, one after the other.
void operators16(const float* x, float* out) {
  const V16 a = load(x), b = load(x + 16), c = load(x + 32);
  const V16 results[] = {a + b,
                         a - b,
                         a * b,
                         a / b,
                         max(a, b),
                         min(a, b),
                         -a,
                         abs(a),
                         fma(a, b, c),
                         zero_if(a < b, c),
                         select(a >= b, a, c),
                         keep_first(a, 5),
                         select((a > b) | (a <= c), b, c),
                         V16(2.5f)};
  for (const V16& result : results) store(result, out), out += kLanes;
}

}  // namespace HWY_NAMESPACE
}  // namespace descent::core
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace descent::core {
namespace {

HWY_EXPORT(exp16);
HWY_EXPORT(log1p16);
HWY_EXPORT(log16);
HWY_EXPORT(reduce16);
HWY_EXPORT(accumulate16);
HWY_EXPORT(operators16);

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kSmallestNormal = std::numeric_limits<float>::min();

/// Runs `body` under every instruction set that this machine has, then restores the choice.
template <class Body>
void on_every_target(const Body& body) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    SCOPED_TRACE(simd_target());
    body();
  }
  hwy::SetSupportedTargetsForTest(0);
}

enum class Function { exp, log1p, log };
std::vector<float> evaluate(Function function, std::vector<float> x) {
  const std::size_t size = x.size();
  x.resize((size + 15) / 16 * 16, 1.0f);
  std::vector<float> y(x.size());
  for (std::size_t i = 0; i < x.size(); i += 16) {
    if (function == Function::exp) HWY_DYNAMIC_DISPATCH(exp16)(&x[i], &y[i]);
    if (function == Function::log1p) HWY_DYNAMIC_DISPATCH(log1p16)(&x[i], &y[i]);
    if (function == Function::log) HWY_DYNAMIC_DISPATCH(log16)(&x[i], &y[i]);
  }
  y.resize(size);
  return y;
}

/// Every `step`th float in the order of its bits: all magnitudes of both signs, NaN and infinities included.
std::vector<float> floats(std::uint32_t step) {
  std::vector<float> result;
  for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32); bits += step)
    result.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  return result;
}

double ulps(float got, double want) {
  int exponent = 0;
  std::frexp(want, &exponent);
  return std::abs(got - want) / std::ldexp(1.0, std::max(exponent - 24, -149));
}

// The functions of simd.hpp with scalars and std::fma, operation by operation, written from the comments there.
float emulated_exp(float x) {
  if (std::isnan(x)) return x;
  if (x < kExpLowest) return 0;
  if (x > kExpHighest) return kInfinity;
  const float n = std::nearbyint(std::fma(x, 1.44269504f, 0.0f));
  float r = std::fma(n, -0.693359375f, x);
  r = std::fma(n, 2.12194440e-4f, r);
  float q = 0.00138389051f;
  for (const float c : {0.00836919248f, 0.0416681021f, 0.166665167f, 0.49999994f}) q = std::fma(q, r, c);
  return std::ldexp(std::fma(r * r, q, r) + 1.0f, static_cast<int>(n));
}
float emulated_log_reduced(int e, float f) {
  float p = -0.0763567761f;
  for (const float c :
       {0.127633199f, -0.131605715f, 0.142015532f, -0.166233003f, 0.200012326f, -0.250008225f, 0.333333313f, -0.5f})
    p = std::fma(p, f, c);
  const auto n = static_cast<float>(e);
  const float tail = std::fma(f * f, p, n * -2.12194440e-4f);
  return std::fma(n, 0.693359375f, f + tail);
}
int exponent_above_half(float x) {  // x = 2^e m, m in [sqrt(1/2), sqrt(2))
  int e = 0;
  const float m = std::frexp(x, &e);
  return m < std::bit_cast<float>(0x3F3504F3) ? e - 1 : e;
}
float emulated_log1p(float x) {
  const int e = exponent_above_half(1.0f + x);
  const float scale = std::ldexp(1.0f, -e);
  return emulated_log_reduced(e, std::fma(x, scale, scale - 1.0f));
}
float emulated_log(float x) {
  const int e = exponent_above_half(x);
  return emulated_log_reduced(e, std::ldexp(x, -e) - 1.0f);
}

TEST(Simd, ExpIsWithinItsBoundAndNeverDenormal) {
  const std::vector<float> x = floats(4999);
  on_every_target([&] {
    const std::vector<float> y = evaluate(Function::exp, x);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (std::isnan(x[i])) {
        ASSERT_TRUE(std::isnan(y[i]));
      } else if (x[i] < kExpLowest) {
        ASSERT_EQ(y[i], 0.0f) << x[i];
      } else if (x[i] > kExpHighest) {
        ASSERT_EQ(y[i], kInfinity) << x[i];
      } else {
        ASSERT_TRUE(y[i] >= kSmallestNormal) << x[i];
        worst = std::max(worst, ulps(y[i], std::exp(static_cast<double>(x[i]))));
      }
    }
    EXPECT_TRUE(worst <= kExpMaxUlp) << worst;
    EXPECT_TRUE(worst >= kExpMaxUlp / 2) << "the bound is more than twice the largest error found: " << worst;
  });
}

TEST(Simd, LogarithmsAreWithinTheirBounds) {
  const std::vector<float> x = floats(4999);
  on_every_target([&] {
    const std::vector<float> y = evaluate(Function::log1p, x), z = evaluate(Function::log, x);
    double worst_log1p = 0, worst_log = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (std::isnan(x[i])) {
        ASSERT_TRUE(std::isnan(y[i]) && std::isnan(z[i]));
        continue;
      }
      const auto exact = static_cast<double>(x[i]);
      if (x[i] > -1 && x[i] <= 0x1p126f) worst_log1p = std::max(worst_log1p, ulps(y[i], std::log1p(exact)));
      if (x[i] >= kSmallestNormal && x[i] < kInfinity) worst_log = std::max(worst_log, ulps(z[i], std::log(exact)));
    }
    EXPECT_TRUE(worst_log1p <= kLog1pMaxUlp) << worst_log1p;
    EXPECT_TRUE(worst_log <= kLogMaxUlp) << worst_log;
  });
}

TEST(Simd, ExpAndLogarithmsAtTheirEdges) {
  on_every_target([] {
    const float above = std::nextafter(kExpHighest, kInfinity), below = std::nextafter(kExpLowest, -kInfinity);
    const std::vector<float> e = evaluate(Function::exp, {0.0f, -0.0f, kExpHighest, above, kExpLowest, below, -1e4f,
                                                          1e4f, -kInfinity, kInfinity, kNan, -3.4e38f});
    EXPECT_EQ(e[0], 1.0f);
    EXPECT_EQ(e[1], 1.0f);
    EXPECT_TRUE(std::isfinite(e[2]) && e[2] > 3.4e38f);
    EXPECT_EQ(e[3], kInfinity);
    EXPECT_TRUE(e[4] >= kSmallestNormal);
    EXPECT_EQ(std::vector<float>(e.begin() + 5, e.begin() + 10), (std::vector<float>{0, 0, kInfinity, 0, kInfinity}));
    EXPECT_TRUE(std::isnan(e[10]));
    EXPECT_EQ(e[11], 0.0f);
    const std::vector<float> l = evaluate(Function::log1p, {0.0f, kInfinity, kNan, 1e-30f});
    EXPECT_EQ(l[0], 0.0f);
    EXPECT_EQ(l[1], kInfinity);
    EXPECT_TRUE(std::isnan(l[2]));
    EXPECT_EQ(l[3], 1e-30f);
    EXPECT_EQ(evaluate(Function::log, {1.0f, kInfinity}), (std::vector<float>{0, kInfinity}));
  });
}

TEST(Simd, BitsEqualAScalarEmulationOnEveryFusedTarget) {
  std::vector<float> for_exp, for_log1p, for_log;
  for (const float x : floats(20011)) {
    if (std::abs(x) <= 1e5f) for_exp.push_back(x);
    if (x > -1 && x <= 0x1p126f && (x == 0 || std::abs(x) >= kSmallestNormal)) for_log1p.push_back(x);
    if (x >= kSmallestNormal && x < kInfinity) for_log.push_back(x);
  }
  on_every_target([&] {
    if (!simd_fused()) return;
    const auto compare = [](const std::vector<float>& x, const std::vector<float>& y, float (*emulated)(float)) {
      for (std::size_t i = 0; i < x.size(); ++i)
        ASSERT_EQ(std::bit_cast<std::uint32_t>(y[i]), std::bit_cast<std::uint32_t>(emulated(x[i]))) << x[i];
    };
    compare(for_exp, evaluate(Function::exp, for_exp), emulated_exp);
    compare(for_log1p, evaluate(Function::log1p, for_log1p), emulated_log1p);
    compare(for_log, evaluate(Function::log, for_log), emulated_log);
  });
}

TEST(Simd, SumsAreTakenInTheFixedTree) {
  std::vector<float> x(64);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = std::ldexp(1.0f + 0.1f * static_cast<float>(i % 7), static_cast<int>(i * 5 % 61) - 30);
  float tree[16];
  double lanes[16] = {};
  std::copy_n(x.begin(), 16, tree);
  for (std::size_t i = 0; i < x.size(); ++i) lanes[i % 16] += static_cast<double>(x[i]);
  for (std::size_t half = 8; half > 0; half /= 2)
    for (std::size_t l = 0; l < half; ++l) tree[l] += tree[l + half], lanes[l] += lanes[l + half];
  on_every_target([&] {
    float sum = 0;
    HWY_DYNAMIC_DISPATCH(reduce16)(x.data(), &sum);
    EXPECT_EQ(sum, tree[0]);
    EXPECT_EQ(HWY_DYNAMIC_DISPATCH(accumulate16)(x.data(), 4), lanes[0]);
  });
}

TEST(Simd, OperatorsDoInEveryLaneWhatTheyDoToOneFloat) {
  std::vector<float> x(48);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 29 % 31) - 15.5f;
  on_every_target([&] {
    std::vector<float> out(14 * 16);
    HWY_DYNAMIC_DISPATCH(operators16)(x.data(), out.data());
    for (std::size_t l = 0; l < 16; ++l) {
      const float a = x[l], b = x[l + 16], c = x[l + 32];
      const float expected[] = {
          a + b,       a - b,     a * b,         a / b,          std::max(a, b), std::min(a, b),          -a,
          std::abs(a), a * b + c, a < b ? 0 : c, a >= b ? a : c, l < 5 ? a : 0,  a > b || a <= c ? b : c, 2.5f};
      for (std::size_t k = 0; k < 14; ++k)
        EXPECT_EQ(out[k * 16 + l], expected[k]) << "operation " << k << " lane " << l;
    }
  });
}

TEST(Simd, ReportsFusedArithmeticForAvx2AndLater) {
  on_every_target([] {
    const std::string name = simd_target();
    EXPECT_EQ(simd_fused(), name == "AVX2" || name == "AVX3" || name == "AVX3_DL" || name == "NEON") << name;
  });
}

}  // namespace
}  // namespace descent::core
#endif
