#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd.cpp"

// This order makes one copy per instruction set.
// clang-format off
#include <hwy/foreach_target.h>
#include "descent/core/simd.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace descent::core {
namespace HWY_NAMESPACE {

const char* chosen_target() { return hwy::TargetName(HWY_TARGET); }
bool chosen_fused() { return HWY_NATIVE_FMA != 0; }

}  // namespace HWY_NAMESPACE
}  // namespace descent::core
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::core {

HWY_EXPORT(chosen_target);
HWY_EXPORT(chosen_fused);

const char* simd_target() noexcept { return HWY_DYNAMIC_DISPATCH(chosen_target)(); }
bool simd_fused() noexcept { return HWY_DYNAMIC_DISPATCH(chosen_fused)(); }

}  // namespace descent::core
#endif
