#include "descent/train/landscape.hpp"

// A landscape that is registered only in the tests.

namespace descent::sweep {
namespace {

/// A round bowl with the minimum 2 at 0.
class Bowl final : public train::Landscape {
 public:
  using Landscape::Landscape;
  std::string_view formula() const noexcept override { return "2 + (x^2 + y^2)/2"; }
  double value_at(Point w) const noexcept override { return 2 + 0.5 * (w[0] * w[0] + w[1] * w[1]); }
  Point gradient_at(Point w) const noexcept override { return w; }
  Hessian hessian_at(Point /*w*/) const noexcept override { return {1, 0, 1}; }
  std::vector<CriticalPoint> critical_points() const override { return {{{0, 0}, Kind::minimum}}; }
  std::optional<double> minimum() const noexcept override { return 2; }
};

const core::Registration<train::Landscape> registration{
    "bowl", [](const core::Arguments& arguments) -> std::unique_ptr<train::Landscape> {
      return std::make_unique<Bowl>(train::Landscape::settings(arguments, {3, 4}));
    }};

}  // namespace
}  // namespace descent::sweep
