#include "descent/train/optimizer.hpp"

namespace descent::train {
namespace {

/// Gradient descent on drawn batches (Robbins and Monro 1951); on all rows it is `gd`.
class StochasticGradientDescent final : public Optimizer {
 public:
  std::string name() const override { return "sgd"; }
  std::string_view description() const noexcept override { return "mini-batch stochastic gradient descent"; }
  const engine::UpdateRule* rule() const override { return &engine::plain_rule(); }
  bool full_batch() const override { return false; }
  std::string_view at_full_batch() const override { return "gd"; }
};

const core::Registration<Optimizer> registration{"sgd", [](const core::Arguments& arguments) {
                                                   arguments.expect_only({});
                                                   return std::unique_ptr<Optimizer>(new StochasticGradientDescent);
                                                 }};

}  // namespace
}  // namespace descent::train
