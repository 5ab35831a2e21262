#include "descent/train/landscape.hpp"

namespace descent::train {
namespace {

/// Four minima of the value 0, four saddles and a maximum between them: where descent ends depends on where it starts.
/// source  Himmelblau, Applied Nonlinear Programming, 1972
class Himmelblau final : public Landscape {
 public:
  using Landscape::Landscape;
  std::string_view formula() const noexcept override { return "(x^2 + y - 11)^2 + (x + y^2 - 7)^2"; }
  double value_at(Point w) const noexcept override {
    const auto [x, y] = w;
    const double a = x * x + y - 11, b = x + y * y - 7;
    return a * a + b * b;
  }
  Point gradient_at(Point w) const noexcept override {
    const auto [x, y] = w;
    const double a = x * x + y - 11, b = x + y * y - 7;
    return {4 * x * a + 2 * b, 2 * a + 4 * y * b};
  }
  Hessian hessian_at(Point w) const noexcept override {
    const auto [x, y] = w;
    return {12 * x * x + 4 * y - 42, 4 * (x + y), 4 * x + 12 * y * y - 26};
  }
  std::vector<CriticalPoint> critical_points() const override {
    return {{{3, 2}, Kind::minimum},
            {{-2.805118086952745, 3.131312518250573}, Kind::minimum},
            {{-3.779310253377747, -3.283185991286169}, Kind::minimum},
            {{3.5844283403304917, -1.8481265269644034}, Kind::minimum},
            {{-0.2708445906673476, -0.9230385564799816}, Kind::maximum},
            {{-3.0730257507643897, -0.08135304428796751}, Kind::saddle},
            {{-0.12796134673068005, -1.9537149802445766}, Kind::saddle},
            {{0.08667750455539634, 2.884254701174776}, Kind::saddle},
            {{3.385154183607021, 0.07385187983774928}, Kind::saddle}};
  }
  std::optional<double> minimum() const noexcept override { return 0; }
};

const core::Registration<Landscape> registration{
    "himmelblau", [](const core::Arguments& arguments) -> std::unique_ptr<Landscape> {
      return std::make_unique<Himmelblau>(Landscape::settings(arguments, {0, 0}));
    }};

}  // namespace
}  // namespace descent::train
