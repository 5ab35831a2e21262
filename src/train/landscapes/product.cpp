#include "descent/train/landscape.hpp"

namespace descent::train {
namespace {

/// The smallest factorisation, of the number 1 as x y: Hessian eigenvalues ±1 at 0, minima on x y = 1; descent from y =
/// −x ends in the saddle.
class Product final : public Landscape {
 public:
  using Landscape::Landscape;
  std::string_view formula() const noexcept override { return "(x y - 1)^2/2"; }
  double value_at(Point w) const noexcept override {
    const auto [x, y] = w;
    return 0.5 * (x * y - 1) * (x * y - 1);
  }
  Point gradient_at(Point w) const noexcept override {
    const auto [x, y] = w;
    return {(x * y - 1) * y, (x * y - 1) * x};
  }
  Hessian hessian_at(Point w) const noexcept override {
    const auto [x, y] = w;
    return {y * y, 2 * x * y - 1, x * x};
  }
  std::vector<CriticalPoint> critical_points() const override {
    return {{{0, 0}, Kind::saddle}, {{1, 1}, Kind::minimum}, {{-1, -1}, Kind::minimum}};
  }
  std::optional<double> minimum() const noexcept override { return 0; }
};

const core::Registration<Landscape> registration{
    "product", [](const core::Arguments& arguments) -> std::unique_ptr<Landscape> {
      return std::make_unique<Product>(Landscape::settings(arguments, {0.5, -0.5}));
    }};

}  // namespace
}  // namespace descent::train
