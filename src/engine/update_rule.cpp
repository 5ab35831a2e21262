#include "descent/engine/update_rule.hpp"

#include "descent/core/axpy.hpp"

namespace descent::engine {
namespace {

class Plain final : public UpdateRule {
 public:
  std::string_view name() const noexcept override { return "plain"; }
  std::size_t state_per_parameter() const noexcept override { return 0; }
  void update(std::span<float> w, std::span<const float> g, std::span<float> /*state*/,
              StepContext step) const noexcept override {
    core::axpy(-step.rate, g, w);
  }
  bool is_plain() const noexcept override { return true; }
};

}  // namespace

const UpdateRule& plain_rule() noexcept {
  static const Plain rule;
  return rule;
}

}  // namespace descent::engine
