#include <cmath>

#include "descent/train/landscape.hpp"

namespace descent::train {
namespace {

/// A kink along both axes: slopes do not shrink near the minimum, so that steps of a constant rate never settle.
/// At a kink the subgradient 0 is taken.
class Corner final : public Landscape {
 public:
  using Landscape::Landscape;
  std::string_view formula() const noexcept override { return "|x| + |y|"; }
  double value_at(Point w) const noexcept override {
    const auto [x, y] = w;
    return std::abs(x) + std::abs(y);
  }
  Point gradient_at(Point w) const noexcept override {
    const auto [x, y] = w;
    const auto sign = [](double value) { return value > 0 ? 1.0 : value < 0 ? -1.0 : 0.0; };
    return {sign(x), sign(y)};
  }
  Hessian hessian_at(Point /*w*/) const noexcept override { return {}; }
  std::vector<CriticalPoint> critical_points() const override { return {{{0, 0}, Kind::minimum}}; }
  std::optional<double> minimum() const noexcept override { return 0; }
};

const core::Registration<Landscape> registration{
    "corner", [](const core::Arguments& arguments) -> std::unique_ptr<Landscape> {
      return std::make_unique<Corner>(Landscape::settings(arguments, {1, 0.3}));
    }};

}  // namespace
}  // namespace descent::train
