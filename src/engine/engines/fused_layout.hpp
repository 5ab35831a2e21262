#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "descent/core/aligned.hpp"
#include "descent/engine/plan.hpp"

namespace descent::engine {

/// Floats left unused between the memory that one worker writes and the memory that the next one writes. Hardware
/// prefetchers run up to a page ahead of a stream: without the gap they would take from the other core the lines that
/// it is about to write, and each such line costs a round trip between cores.
inline constexpr std::size_t kWorkerGap = 1024;

/// How `fused` lays out parameters: they are cut into units of whole slices, and each unit is a block (outputs, stride)
/// of its own with a gap behind it. With a single unit this is the plain matrix with padded rows. Element j of output k
/// in unit u is at origin(u) + k * stride(u) + j.
class ParameterLayout {
 public:
  ParameterLayout(std::size_t features, std::size_t outputs) : features_(features), outputs_(outputs) {}

  /// Cuts the plan's slices into `units` units; true if this changed the place of any parameter.
  bool arrange(const Plan& plan, std::size_t units);

  std::size_t units() const noexcept { return units_.size(); }
  std::size_t size() const noexcept { return size_; }  ///< floats of one buffer
  /// Unit u holds vectors [begin(u), end(u)) and slices [first_slice(u), first_slice(u + 1)).
  std::size_t begin(std::size_t u) const noexcept { return units_[u].begin; }
  std::size_t end(std::size_t u) const noexcept { return units_[u].end; }
  std::size_t first_slice(std::size_t u) const noexcept { return slices_ * u / units_.size(); }
  std::size_t origin(std::size_t u) const noexcept { return units_[u].offset - units_[u].begin * kPlanLanes; }
  std::size_t stride(std::size_t u) const noexcept { return units_[u].stride; }

  /// Copies (outputs, features) parameters into the layout, and back; padding is left alone.
  void pack(std::span<const float> parameters, float* buffer) const;
  void unpack(const float* buffer, std::span<float> parameters) const;

 private:
  struct Unit {
    std::size_t begin, end, offset, stride;
  };
  std::size_t features_, outputs_;
  std::size_t slices_ = 0, vectors_ = 0, size_ = 0;
  std::vector<Unit> units_;
};

}  // namespace descent::engine
