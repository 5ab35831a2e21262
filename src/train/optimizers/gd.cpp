#include "descent/train/optimizer.hpp"

namespace descent::train {
namespace {

/// Gradient descent on all rows (Cauchy 1847).
class GradientDescent final : public Optimizer {
 public:
  std::string name() const override { return "gd"; }
  std::string_view description() const noexcept override { return "gradient descent: every step uses all examples"; }
  const engine::UpdateRule* rule() const override { return &engine::plain_rule(); }
  bool stochastic() const override { return false; }
};

const core::Registration<Optimizer> registration{"gd", [](const core::Arguments& arguments) {
                                                   arguments.expect_only({});
                                                   return std::unique_ptr<Optimizer>(new GradientDescent);
                                                 }};

}  // namespace
}  // namespace descent::train
