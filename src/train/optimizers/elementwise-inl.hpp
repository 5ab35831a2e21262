// What vectorised update rules share. Included after <hwy/foreach_target.h>, once per instruction set: the guard
// toggles.
#include <hwy/highway.h>

#include <cstddef>

#if defined(DESCENT_TRAIN_ELEMENTWISE_TOGGLE) == defined(HWY_TARGET_TOGGLE)
#ifdef DESCENT_TRAIN_ELEMENTWISE_TOGGLE
#undef DESCENT_TRAIN_ELEMENTWISE_TOGGLE
#else
#define DESCENT_TRAIN_ELEMENTWISE_TOGGLE
#endif

HWY_BEFORE_NAMESPACE();
namespace descent::train {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Calls step(tag, at) for whole vectors of values and then for the single values that are left. Each value gets the
/// same operations, so the bits do not depend on how weights are cut into shards.
template <class Step>
HWY_INLINE void for_values(std::size_t m, const Step& step) {
  const hn::ScalableTag<float> whole;
  const std::size_t lanes = hn::Lanes(whole);
  std::size_t at = 0;
  for (; at + lanes <= m; at += lanes) step(whole, at);
  for (; at < m; ++at) step(hn::CappedTag<float, 1>(), at);
}

}  // namespace HWY_NAMESPACE
}  // namespace descent::train
HWY_AFTER_NAMESPACE();
#endif  // DESCENT_TRAIN_ELEMENTWISE_TOGGLE
