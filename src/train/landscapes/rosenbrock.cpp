#include "descent/train/landscape.hpp"

namespace descent::train {
namespace {

/// A bent, narrow valley: descent reaches the bottom of the valley fast, and then follows it slowly. The condition
/// number at the minimum is 2,508.
/// source  Rosenbrock, An Automatic Method for Finding the Greatest or Least Value of a Function, Computer Journal 3,
/// 1960
class Rosenbrock final : public Landscape {
 public:
  using Landscape::Landscape;
  std::string_view formula() const noexcept override { return "(1 - x)^2 + 100 (y - x^2)^2"; }
  double value_at(Point w) const noexcept override {
    const auto [x, y] = w;
    const double off = y - x * x;
    return (1 - x) * (1 - x) + 100 * off * off;
  }
  Point gradient_at(Point w) const noexcept override {
    const auto [x, y] = w;
    const double off = y - x * x;
    return {-2 * (1 - x) - 400 * x * off, 200 * off};
  }
  Hessian hessian_at(Point w) const noexcept override {
    const auto [x, y] = w;
    return {2 - 400 * (y - 3 * x * x), -400 * x, 200};
  }
  std::vector<CriticalPoint> critical_points() const override { return {{{1, 1}, Kind::minimum}}; }
  std::optional<double> minimum() const noexcept override { return 0; }
};

const core::Registration<Landscape> registration{
    "rosenbrock", [](const core::Arguments& arguments) -> std::unique_ptr<Landscape> {
      return std::make_unique<Rosenbrock>(Landscape::settings(arguments, {-1.2, 1}));
    }};

}  // namespace
}  // namespace descent::train
