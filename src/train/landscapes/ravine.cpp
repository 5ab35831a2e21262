#include <fmt/format.h>

#include "descent/train/landscape.hpp"

namespace descent::train {
namespace {

/// The quadratic with eigenvalues 1 and `kappa`, its condition number: steep along y, flat along x.
class Ravine final : public Landscape {
 public:
  Ravine(const Settings& settings, double kappa) : Landscape(settings), kappa_(kappa) {}
  std::string_view formula() const noexcept override { return "(x^2 + kappa y^2)/2"; }
  double value_at(Point w) const noexcept override {
    const auto [x, y] = w;
    return 0.5 * (x * x + kappa_ * y * y);
  }
  Point gradient_at(Point w) const noexcept override {
    const auto [x, y] = w;
    return {x, kappa_ * y};
  }
  Hessian hessian_at(Point /*w*/) const noexcept override { return {1, 0, kappa_}; }
  std::vector<CriticalPoint> critical_points() const override { return {{{0, 0}, Kind::minimum}}; }
  std::optional<double> minimum() const noexcept override { return 0; }

 private:
  double kappa_;
};

const core::Registration<Landscape> registration{
    "ravine", [](const core::Arguments& arguments) -> std::unique_ptr<Landscape> {
      const Landscape::Settings settings = Landscape::settings(arguments, {1, 1}, "kappa");
      const double kappa = arguments.number("kappa", 100);
      if (!(kappa >= 1))
        throw core::UsageError(
            fmt::format("{}: kappa is {}; expected a number from 1 up", arguments.text, core::shortest(kappa)));
      return std::make_unique<Ravine>(settings, kappa);
    }};

}  // namespace
}  // namespace descent::train
