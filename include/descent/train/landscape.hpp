#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "descent/core/registry.hpp"
#include "descent/engine/objective.hpp"
#include "descent/record/status.hpp"

namespace descent::train {

/// A function of two weights without any data, usually with a saddle to escape from: examples() is 0 and rows are
/// ignored. f, its gradient and noise are computed in double. Arguments of every landscape: x0 and y0, where it starts;
/// sigma, the standard deviation of the normal noise that a step at batch 1 adds to each gradient entry. A batch of B
/// draws divides it by √B; a whole batch (0) has none.
///
/// value(), gradient() and evaluate() are exact; only steps are noisy. Noise is counter-based: it follows from the
/// run's seed and the step's number, so that any step of any run can be taken alone.
/// source  docs/decisions/0020
class Landscape : public engine::Objective {
 public:
  using Point = std::array<double, 2>;
  struct Settings {
    Point start{};
    double sigma = 0;
  };
  /// Second derivatives: ∂²f/∂x², ∂²f/∂x∂y, ∂²f/∂y².
  struct Hessian {
    double xx = 0, xy = 0, yy = 0;
    double least_eigenvalue() const noexcept;
    double largest_eigenvalue() const noexcept;
    /// A unit eigenvector of the least eigenvalue.
    Point least_direction() const noexcept;
  };
  using Kind = record::CriticalKind;
  struct CriticalPoint {
    Point at{};
    Kind kind = Kind::minimum;
  };
  /// Reads x0, y0 and sigma. Throws UsageError on any other argument than these and `more`, and on a negative sigma.
  static Settings settings(const core::Arguments& arguments, Point start, std::string_view more = "");

  explicit Landscape(const Settings& settings) : settings_(settings) {}
  virtual std::string_view formula() const noexcept = 0;
  virtual double value_at(Point w) const noexcept = 0;
  virtual Point gradient_at(Point w) const noexcept = 0;
  /// The Hessian at w; 0 at a kink.
  virtual Hessian hessian_at(Point w) const noexcept = 0;
  /// All critical points; of a curve of minima, some points on it.
  virtual std::vector<CriticalPoint> critical_points() const = 0;
  /// The saddle that runs escape from: the first critical point that is a saddle; empty if there is none.
  std::optional<CriticalPoint> saddle() const;
  /// How far w is from the saddle: |v · (w − saddle)|, with v the eigenvector of the Hessian's least eigenvalue there.
  /// If the Hessian there is 0, no direction leads away faster than others: then ‖w − saddle‖ if f(w) is less than f at
  /// the saddle, else 0.
  std::optional<double> escape_distance(Point w) const;
  /// The least value of f, if it exists and is known.
  virtual std::optional<double> minimum() const noexcept { return std::nullopt; }

  std::size_t parameters() const final { return 2; }
  std::size_t examples() const final { return 0; }
  void initial(std::uint64_t seed, std::span<float> w) const final;
  double value(std::span<const float> w) final;
  double gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) final;
  engine::Cost cost(std::size_t batch) const final;
  engine::Evaluation evaluate(std::span<const float> w) final;  ///< also escape_distance and least_curvature
  double sigma() const noexcept { return settings_.sigma; }
  double step_gradient(std::span<const float> w, const engine::StepSequence& steps, std::size_t index,
                       std::span<float> out) final;

 private:
  Settings settings_;
};

using LandscapeRegistry = core::Registry<Landscape>;

/// "strict_saddle(sigma=0.01)" for the data URI "landscape:strict_saddle?sigma=0.01", checked; "" if the URI names
/// data. Throws UsageError.
std::string landscape_of(std::string_view uri);

/// The landscape that a text such as "strict_saddle(sigma=0.01)" names. Throws UsageError with the nearest name.
std::unique_ptr<Landscape> make_landscape(std::string_view spec);

}  // namespace descent::train
