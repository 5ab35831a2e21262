#include "descent/core/axpy.hpp"
#include "descent/engine/update_rule.hpp"

namespace descent::train {
namespace {

/// Plain gradient descent: w ← fma(−rate, g, w).
class Plain final : public engine::UpdateRule {
 public:
  std::string_view name() const noexcept override { return "plain"; }
  std::size_t state_per_parameter() const noexcept override { return 0; }
  void update(std::span<float> w, std::span<const float> g, std::span<float> /*state*/,
              engine::StepContext step) const noexcept override {
    core::axpy(-step.rate, g, w);
  }
  bool is_plain() const noexcept override { return true; }
};

const core::Registration<engine::UpdateRule> registration{
    "plain", [](const core::Arguments& arguments) -> std::unique_ptr<engine::UpdateRule> {
      arguments.expect_only({});
      return std::make_unique<Plain>();
    }};

}  // namespace
}  // namespace descent::train
