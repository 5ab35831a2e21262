#include "descent/train/landscape.hpp"

namespace descent::train {
namespace {

/// Three ways down, and no curvature at all at 0: descent along y = 0 creeps in as 1/(3αk). `quartic` > 0 gives it a
/// floor.
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
