#include "descent/train/landscape.hpp"

namespace descent::train {
namespace {

/// A saddle at 0 between the minima y = ±1, f = −1/4. Descent from y = 0 never leaves that line.
class StrictSaddle final : public Landscape {
 public:
  using Landscape::Landscape;
  std::string_view formula() const noexcept override { return "x^2/2 - y^2/2 + y^4/4"; }
  double value_at(Point w) const noexcept override {
    const auto [x, y] = w;
    return 0.5 * x * x - 0.5 * y * y + 0.25 * y * y * y * y;
  }
  Point gradient_at(Point w) const noexcept override {
    const auto [x, y] = w;
    return {x, y * y * y - y};
  }
  Hessian hessian_at(Point w) const noexcept override { return {1, 0, 3 * w[1] * w[1] - 1}; }
  std::vector<CriticalPoint> critical_points() const override {
    return {{{0, 0}, Kind::saddle}, {{0, 1}, Kind::minimum}, {{0, -1}, Kind::minimum}};
  }
  std::optional<double> minimum() const noexcept override { return -0.25; }
};

const core::Registration<Landscape> registration{
    "strict_saddle", [](const core::Arguments& arguments) -> std::unique_ptr<Landscape> {
      return std::make_unique<StrictSaddle>(Landscape::settings(arguments, {1, 0}));
    }};

}  // namespace
}  // namespace descent::train
