#include "engine/engines/fused_layout.hpp"

#include <algorithm>
#include <cstring>

#include "descent/core/matrix.hpp"

namespace descent::engine {

bool ParameterLayout::arrange(const Plan& plan, std::size_t units) {
  if (units_.size() == units && slices_ == plan.slices && vectors_ == plan.vectors) return false;
  slices_ = plan.slices;
  vectors_ = plan.vectors;
  units_.resize(units);
  size_ = 0;
  for (std::size_t u = 0; u < units; ++u) {
    const std::size_t begin = plan.vector_begin(first_slice(u)), end = plan.vector_begin(first_slice(u + 1));
    const std::size_t stride = core::padded_stride<float>((end - begin) * kPlanLanes);
    units_[u] = {begin, end, size_, stride};
    size_ += outputs_ * stride + kWorkerGap;
  }
  return true;
}

void ParameterLayout::pack(std::span<const float> parameters, float* buffer) const {
  for (std::size_t u = 0; u < units_.size(); ++u) {
    const std::size_t first = begin(u) * kPlanLanes, last = std::min(end(u) * kPlanLanes, features_);
    for (std::size_t k = 0; k < outputs_; ++k)
      std::memcpy(buffer + origin(u) + k * stride(u) + first, parameters.data() + k * features_ + first,
                  (last - first) * sizeof(float));
  }
}

void ParameterLayout::unpack(const float* buffer, std::span<float> parameters) const {
  for (std::size_t u = 0; u < units_.size(); ++u) {
    const std::size_t first = begin(u) * kPlanLanes, last = std::min(end(u) * kPlanLanes, features_);
    for (std::size_t k = 0; k < outputs_; ++k)
      std::memcpy(parameters.data() + k * features_ + first, buffer + origin(u) + k * stride(u) + first,
                  (last - first) * sizeof(float));
  }
}

}  // namespace descent::engine
