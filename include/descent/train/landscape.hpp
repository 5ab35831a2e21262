#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "descent/core/registry.hpp"
#include "descent/engine/objective.hpp"

namespace descent::train {

/// A function of two weights without any data, with a saddle to escape from: examples() is 0 and rows are ignored. f,
/// its gradient and noise are computed in double. Arguments of every landscape: x0 and y0, where it starts; sigma, the
/// standard deviation of the normal noise that each step adds to each gradient entry; seed of that noise.
///
/// value(), gradient() and evaluate() are exact; only advance() is noisy. Noise comes by counter from (seed, steps
/// taken since construction): cutting a run into pieces does not change it, a second run needs a second landscape.
/// source  methodology §8
class Landscape : public engine::Objective {
 public:
  using Point = std::array<double, 2>;
  struct Settings {
    Point start{};
    double sigma = 0;
    std::uint64_t seed = 0;
  };
  /// Reads x0, y0, sigma and seed; throws UsageError on others (but `more`), and on a negative sigma or seed.
  static Settings settings(const core::Arguments& arguments, Point start, std::string_view more = "");

  explicit Landscape(const Settings& settings) : settings_(settings) {}
  virtual std::string_view formula() const noexcept = 0;
  virtual double value_at(Point w) const noexcept = 0;
  virtual Point gradient_at(Point w) const noexcept = 0;

  std::size_t parameters() const final { return 2; }
  std::size_t examples() const final { return 0; }
  void initial(std::uint64_t seed, std::span<float> w) const final;
  double value(std::span<const float> w) final;
  double gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) final;
  engine::Cost cost(std::size_t batch) const final;
  void advance(const engine::UpdateRule& rule, const engine::StepSequence& steps, std::span<float> w,
               std::span<float> state) final;

 private:
  Settings settings_;
  std::uint64_t taken_ = 0;
};

using LandscapeRegistry = core::Registry<Landscape>;

/// The landscape that "strict_saddle(sigma=0.01)" asks for. Throws UsageError with the nearest name.
std::unique_ptr<Landscape> make_landscape(std::string_view spec);

}  // namespace descent::train
