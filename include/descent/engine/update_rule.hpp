#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace descent::engine {

/// What a rule is told about a step.
struct StepContext {
  float rate = 0;          ///< learning rate
  std::uint64_t step = 0;  ///< number of the step in the run, from 0
};

/// How a gradient moves the weights: elementwise, so that any thread may update any shard. The object holds no state:
/// what a rule remembers is in `state`, which starts at zero. However the weights are cut into shards, the bits are the
/// same.
class UpdateRule {
 public:
  virtual ~UpdateRule() = default;
  virtual std::string_view name() const noexcept = 0;
  virtual std::size_t state_per_parameter() const noexcept = 0;
  /// w, g (m,), state (state_per_parameter() × m,) as consecutive blocks of m.
  virtual void update(std::span<float> w, std::span<const float> g, std::span<float> state,
                      StepContext step) const noexcept = 0;
  /// True if the rule is w ← fma(−rate, g, w), which kernels may then compute inside their own loops.
  virtual bool is_plain() const noexcept { return false; }
};

/// w ← fma(−rate, g, w).
const UpdateRule& plain_rule() noexcept;

}  // namespace descent::engine
