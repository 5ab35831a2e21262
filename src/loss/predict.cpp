#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loss/predict.cpp"
#include <hwy/foreach_target.h>

#include <algorithm>

#include "descent/core/simd.hpp"
#include "descent/loss/loss.hpp"

HWY_BEFORE_NAMESPACE();
namespace descent::loss {
namespace HWY_NAMESPACE {
using namespace core::HWY_NAMESPACE;  // NOLINT(google-build-using-namespace): the lanes of this instruction set

void predict_tile(ScoreTile scores, std::int32_t* predictions) {
  for (std::size_t i = 0; i < scores.examples; i += core::kLanes) {
    V16 best(0.0f), which(0.0f);  // class numbers as floats: exact up to 2^24
    if (scores.classes == 1) {
      which = select(load(scores.data + i) > best, V16(1.0f), which);
    } else {
      best = load(scores.data + i);
      for (std::size_t k = 1; k < scores.classes; ++k) {
        const V16 score = load(scores.data + k * scores.stride + i);
        const M16 better = score > best;
        which = select(better, V16(static_cast<float>(k)), which);
        best = select(better, score, best);
      }
    }
    float classes[core::kLanes];
    store(which, classes);
    const std::size_t valid = std::min(core::kLanes, scores.examples - i);
    for (std::size_t l = 0; l < valid; ++l) predictions[i + l] = static_cast<std::int32_t>(classes[l]);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace descent::loss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace descent::loss {

HWY_EXPORT(predict_tile);

void predict(ScoreTile scores, std::span<std::int32_t> predictions) noexcept {
  HWY_DYNAMIC_DISPATCH(predict_tile)(scores, predictions.data());
}

}  // namespace descent::loss
#endif
