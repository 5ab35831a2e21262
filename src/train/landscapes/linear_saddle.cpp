#include "descent/train/landscape.hpp"

namespace descent::train {
namespace {

/// A quadratic saddle: y grows by the factor 1 + α per step for ever, so that escape times have closed forms.
class LinearSaddle final : public Landscape {
 public:
  using Landscape::Landscape;
  std::string_view formula() const noexcept override { return "x^2/2 - y^2/2"; }
  double value_at(Point w) const noexcept override {
    const auto [x, y] = w;
    return 0.5 * x * x - 0.5 * y * y;
  }
  Point gradient_at(Point w) const noexcept override {
    const auto [x, y] = w;
    return {x, -y};
  }
  Hessian hessian_at(Point /*w*/) const noexcept override { return {1, 0, -1}; }
  std::vector<CriticalPoint> critical_points() const override { return {{{0, 0}, Kind::saddle}}; }
};

const core::Registration<Landscape> registration{
    "linear_saddle", [](const core::Arguments& arguments) -> std::unique_ptr<Landscape> {
      return std::make_unique<LinearSaddle>(Landscape::settings(arguments, {1, 0}));
    }};

}  // namespace
}  // namespace descent::train
