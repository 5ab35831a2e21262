#include <cmath>
#include <numbers>

#include "descent/train/landscape.hpp"

namespace descent::train {
namespace {

/// Three directions lead down from 0, where the curvature is 0: descent along y = 0 approaches 0 as 1/(3αk). With
/// `quartic` > 0, f is bounded below.
class MonkeySaddle final : public Landscape {
 public:
  MonkeySaddle(const Settings& settings, double quartic) : Landscape(settings), quartic_(quartic) {}
  std::string_view formula() const noexcept override { return "x^3 - 3 x y^2 + quartic (x^2 + y^2)^2"; }
  double value_at(Point w) const noexcept override {
    const auto [x, y] = w;
    const double square = x * x + y * y;
    return x * x * x - 3 * x * y * y + quartic_ * square * square;
  }
  Point gradient_at(Point w) const noexcept override {
    const auto [x, y] = w;
    const double pull = 4 * quartic_ * (x * x + y * y);
    return {3 * x * x - 3 * y * y + pull * x, -6 * x * y + pull * y};
  }
  Hessian hessian_at(Point w) const noexcept override {
    const auto [x, y] = w;
    const double square = x * x + y * y;
    return {6 * x + 4 * quartic_ * (square + 2 * x * x), -6 * y + 8 * quartic_ * x * y,
            -6 * x + 4 * quartic_ * (square + 2 * y * y)};
  }
  /// In polar form r³ cos 3φ + quartic r⁴: the minima lie where cos 3φ = −1, at r = 3 / (4 quartic).
  std::vector<CriticalPoint> critical_points() const override {
    std::vector<CriticalPoint> points{{{0, 0}, Kind::degenerate}};
    if (quartic_ <= 0) return points;
    const double r = 0.75 / quartic_;
    for (const double sixths : {1.0, 3.0, 5.0}) {
      const double angle = sixths * std::numbers::pi / 3;
      points.push_back({{r * std::cos(angle), r * std::sin(angle)}, Kind::minimum});
    }
    return points;
  }
  std::optional<double> minimum() const noexcept override {
    if (quartic_ <= 0) return std::nullopt;
    const double r = 0.75 / quartic_;
    return -0.25 * r * r * r;
  }

 private:
  double quartic_;
};

const core::Registration<Landscape> registration{
    "monkey_saddle", [](const core::Arguments& arguments) -> std::unique_ptr<Landscape> {
      return std::make_unique<MonkeySaddle>(Landscape::settings(arguments, {0.5, 0}, "quartic"),
                                            arguments.number("quartic", 0));
    }};

}  // namespace
}  // namespace descent::train
