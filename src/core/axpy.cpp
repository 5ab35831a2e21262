#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/axpy.cpp"
#include "descent/core/axpy.hpp"

#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace descent::core {
namespace HWY_NAMESPACE {

void axpy_of_target(float a, const float* x, float* y, std::size_t m) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<float> d;
  const auto factor = hn::Set(d, a);
  const std::size_t lanes = hn::Lanes(d);
  std::size_t j = 0;
  for (; j + lanes <= m; j += lanes) hn::StoreU(hn::MulAdd(factor, hn::LoadU(d, x + j), hn::LoadU(d, y + j)), d, y + j);
  const hn::CappedTag<float, 1> d1;
  for (; j < m; ++j) hn::StoreU(hn::MulAdd(hn::Set(d1, a), hn::LoadU(d1, x + j), hn::LoadU(d1, y + j)), d1, y + j);
}

}  // namespace HWY_NAMESPACE
}  // namespace descent::core
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::core {

HWY_EXPORT(axpy_of_target);

void axpy(float a, std::span<const float> x, std::span<float> y) noexcept {
  HWY_DYNAMIC_DISPATCH(axpy_of_target)(a, x.data(), y.data(), y.size());
}

}  // namespace descent::core
#endif
