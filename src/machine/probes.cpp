#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "machine/probes.cpp"
#include "machine/probes.hpp"

#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#define DESCENT_TEXT_(x) #x
#define DESCENT_TEXT(x) DESCENT_TEXT_(x)

HWY_BEFORE_NAMESPACE();
namespace descent::machine {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
#if HWY_TARGET == HWY_SCALAR
const hn::CappedTag<float, 1> d;
#else
const hn::CappedTag<float, 16> d;
#endif
using V = hn::Vec<decltype(d)>;

// Twelve independent chains cover the latency of two multiply-add units (4 to 5 cycles each), and fit sixteen
// registers.
float multiply_add(std::size_t rounds) noexcept {
  V sum[12];
#pragma GCC unroll 12
  for (int i = 0; i < 12; ++i) sum[i] = hn::Set(d, 1.0F + static_cast<float>(i));
  const V factor = hn::Set(d, 0.999F), term = hn::Set(d, 0.001F);
  for (std::size_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 16
    for (int repeat = 0; repeat < static_cast<int>(kFmaVectorsPerRound / 12); ++repeat) {
#pragma GCC unroll 12
      for (int i = 0; i < 12; ++i) sum[i] = hn::MulAdd(sum[i], factor, term);
    }
  }
  V total = sum[0];
#pragma GCC unroll 12
  for (int i = 1; i < 12; ++i) total = hn::Add(total, sum[i]);
  return hn::GetLane(total);
}

float read(const float* p, std::size_t n) noexcept {
  constexpr std::size_t lanes = hn::MaxLanes(decltype(d)());
  const std::size_t quarter = n / 4;
  V sum[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) sum[i] = hn::Zero(d);
  for (std::size_t j = 0; j + 2 * lanes <= quarter; j += 2 * lanes) {
#pragma GCC unroll 4
    for (std::size_t stream = 0; stream < 4; ++stream) {
      sum[2 * stream] = hn::Add(sum[2 * stream], hn::Load(d, p + stream * quarter + j));
      sum[2 * stream + 1] = hn::Add(sum[2 * stream + 1], hn::Load(d, p + stream * quarter + j + lanes));
    }
  }
  V total = sum[0];
#pragma GCC unroll 8
  for (int i = 1; i < 8; ++i) total = hn::Add(total, sum[i]);
  return hn::GetLane(total);
}

float read_and_multiply(const float* p, std::size_t n, std::size_t rounds) noexcept {
  constexpr std::size_t lanes = hn::MaxLanes(decltype(d)());
  const std::size_t quarter = n / 4;
  const V factor = hn::Set(d, 0.5F);
  V sum[12];
#pragma GCC unroll 12
  for (int i = 0; i < 12; ++i) sum[i] = hn::Set(d, static_cast<float>(i));
  for (std::size_t j = 0; j + lanes <= quarter; j += lanes)
    for (std::size_t stream = 0; stream < 4; ++stream) {
      const V x = hn::Load(d, p + stream * quarter + j);
      for (std::size_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
        for (int i = 0; i < 12; ++i) sum[i] = hn::MulAdd(x, factor, sum[i]);
      }
    }
  V total = sum[0];
#pragma GCC unroll 12
  for (int i = 1; i < 12; ++i) total = hn::Add(total, sum[i]);
  return hn::GetLane(total);
}

}  // namespace

const ProbeKernels* probes_of_target() {
  static const ProbeKernels kernels{multiply_add,
                                    read,
                                    read_and_multiply,
                                    hn::MaxLanes(decltype(d)()),
                                    HWY_NATIVE_FMA != 0,
                                    hwy::TargetName(HWY_TARGET),
                                    DESCENT_TEXT(HWY_MAJOR) "." DESCENT_TEXT(HWY_MINOR) "." DESCENT_TEXT(HWY_PATCH)};
  return &kernels;
}

}  // namespace HWY_NAMESPACE
}  // namespace descent::machine
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::machine {

HWY_EXPORT(probes_of_target);
const ProbeKernels& probe_kernels() noexcept { return *HWY_DYNAMIC_DISPATCH(probes_of_target)(); }

}  // namespace descent::machine
#endif
