// Scores of rows of at most sixteen features, where a register holds sixteen numbers (once per instruction set).
#include "engine/engines/fused_microkernels.hpp"
#include "engine/engines/fused_vectors-inl.hpp"

#if defined(DESCENT_FUSED_NARROW_TOGGLE) == defined(HWY_TARGET_TOGGLE)
#ifdef DESCENT_FUSED_NARROW_TOGGLE
#undef DESCENT_FUSED_NARROW_TOGGLE
#else
#define DESCENT_FUSED_NARROW_TOGGLE
#endif

HWY_BEFORE_NAMESPACE();
namespace descent::engine {
namespace HWY_NAMESPACE {
#if HWY_NATIVE_FMA
namespace {

/// A tree over lanes costs more than the products of one vector. So sixteen rows are turned: a register then holds one
/// feature of sixteen rows, and the tree adds whole registers, in the same order. A template, since its registers have
/// sixteen lanes only where the instruction set does.
template <class Tag>
HWY_INLINE void score_turned(Tag tag, const hn::Vec<Tag>* feature, const float* w, float* s) {
  using W = hn::Vec<Tag>;
  const W zero = hn::Zero(tag);
  W quarter[4];
  DESCENT_UNROLL for (std::size_t l = 0; l < 4; ++l) {
    W half[2];
    DESCENT_UNROLL for (std::size_t i = 0; i < 2; ++i) {
      const std::size_t lane = l + 4 * i;
      half[i] = hn::Add(hn::MulAdd(feature[lane], hn::Set(tag, w[lane]), zero),
                        hn::MulAdd(feature[lane + 8], hn::Set(tag, w[lane + 8]), zero));
    }
    quarter[l] = hn::Add(half[0], half[1]);
  }
  hn::StoreU(hn::Add(hn::Add(quarter[0], quarter[2]), hn::Add(quarter[1], quarter[3])), tag, s);
}

/// Computes the scores of the first `rows` rows (a multiple of 16) of a call with one vector of features, and
/// prefetches all that the call is to fetch.
template <class Tag>
HWY_NOINLINE void forward_narrow(Tag tag, const ForwardCall& call, std::size_t rows) {
  const std::size_t at = call.begin * kVector;
  for (std::size_t r = 0; r < call.fetch.rows; ++r) fetch_line(call.fetch.x[r] + at);
  for (std::size_t row = 0; row < rows; row += kVector) {
    HWY_ALIGN float turned[kVector * kVector];
    for (std::size_t r = 0; r < kVector; r += 4) {
      const float* const* const x = call.x + row + r;
      for (std::size_t j = 0; j < kVector; j += 4)
        turn_four(hn::Load(d4, x[0] + at + j), hn::Load(d4, x[1] + at + j), hn::Load(d4, x[2] + at + j),
                  hn::Load(d4, x[3] + at + j), turned + j * kVector + r, kVector);
    }
    hn::Vec<Tag> feature[kVector];
    DESCENT_UNROLL for (std::size_t j = 0; j < kVector; ++j) feature[j] = hn::Load(tag, turned + j * kVector);
    for (std::size_t k = 0; k < call.outputs; ++k)
      score_turned(tag, feature, call.w + k * call.w_stride + at, call.s + k * call.s_stride + row);
  }
}

}  // namespace
#endif  // HWY_NATIVE_FMA
}  // namespace HWY_NAMESPACE
}  // namespace descent::engine
HWY_AFTER_NAMESPACE();
#endif  // DESCENT_FUSED_NARROW_TOGGLE
