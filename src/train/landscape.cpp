#include "descent/train/landscape.hpp"

#include <fmt/format.h>

#include <cmath>

#include "descent/core/error.hpp"
#include "descent/core/random.hpp"
#include "descent/data/source.hpp"

namespace descent::train {
namespace {

// a landscape's cost is of no interest; given only for completeness
constexpr engine::Cost kStepCost{.flops = 20, .bytes = 6 * sizeof(float)};

Landscape::Point point_of(std::span<const float> w) noexcept { return {w[0], w[1]}; }

/// Half the distance of a symmetric matrix's eigenvalues.
double half_gap(const Landscape::Hessian& h) noexcept { return std::hypot(0.5 * (h.xx - h.yy), h.xy); }

}  // namespace

double Landscape::Hessian::least_eigenvalue() const noexcept { return 0.5 * (xx + yy) - half_gap(*this); }
double Landscape::Hessian::largest_eigenvalue() const noexcept { return 0.5 * (xx + yy) + half_gap(*this); }

Landscape::Point Landscape::Hessian::least_direction() const noexcept {
  // The eigenvector is orthogonal to both rows of H − λI; the longer row is used.
  const double least = least_eigenvalue();
  const bool first = std::hypot(xx - least, xy) >= std::hypot(xy, yy - least);
  const Point row = first ? Point{xx - least, xy} : Point{xy, yy - least};
  const double length = std::hypot(row[0], row[1]);
  return length > 0 ? Point{-row[1] / length, row[0] / length} : Point{0, 1};
}

std::optional<Landscape::CriticalPoint> Landscape::saddle() const {
  for (const CriticalPoint& point : critical_points())
    if (point.kind == Kind::saddle || point.kind == Kind::degenerate) return point;
  return std::nullopt;
}

std::optional<double> Landscape::escape_distance(Point w) const {
  const std::optional<CriticalPoint> from = saddle();
  if (!from) return std::nullopt;
  const double x = w[0] - from->at[0], y = w[1] - from->at[1];
  if (from->kind == Kind::degenerate) return value_at(w) < value_at(from->at) ? std::hypot(x, y) : 0;
  const Point away = hessian_at(from->at).least_direction();
  return std::abs(x * away[0] + y * away[1]);
}

Landscape::Settings Landscape::settings(const core::Arguments& arguments, Point start, std::string_view more) {
  if (more.empty())
    arguments.expect_only({"x0", "y0", "sigma"});
  else
    arguments.expect_only({"x0", "y0", "sigma", more});
  Settings settings;
  settings.start = {arguments.number("x0", start[0]), arguments.number("y0", start[1])};
  settings.sigma = arguments.number("sigma", 0);
  if (settings.sigma < 0)
    throw core::UsageError(fmt::format("{}: sigma is {}; expected 0 or more", arguments.text, settings.sigma));
  return settings;
}

void Landscape::initial(std::uint64_t /*seed*/, std::span<float> w) const {
  w[0] = static_cast<float>(settings_.start[0]);
  w[1] = static_cast<float>(settings_.start[1]);
}

double Landscape::value(std::span<const float> w) { return value_at(point_of(w)); }

double Landscape::gradient(std::span<const float> w, std::span<const std::uint32_t> /*rows*/, std::span<float> out) {
  const Point g = gradient_at(point_of(w));
  out[0] = static_cast<float>(g[0]);
  out[1] = static_cast<float>(g[1]);
  return value_at(point_of(w));
}

engine::Evaluation Landscape::evaluate(std::span<const float> w) {
  engine::Evaluation result = Objective::evaluate(w);
  result.escape_distance = escape_distance(point_of(w));
  result.least_curvature = hessian_at(point_of(w)).least_eigenvalue();
  return result;
}

engine::Cost Landscape::cost(std::size_t /*batch*/) const { return kStepCost; }

double Landscape::step_gradient(std::span<const float> w, const engine::StepSequence& steps, std::size_t index,
                                std::span<float> out) {
  Point g = gradient_at(point_of(w));
  if (settings_.sigma > 0 && steps.batch > 0) {
    core::CounterRandom random(steps.seed, core::Purpose::noise, steps.first_step + index);
    const double deviation = settings_.sigma / std::sqrt(static_cast<double>(steps.batch));
    for (double& entry : g) entry += deviation * random.next_normal();
  }
  out[0] = static_cast<float>(g[0]);
  out[1] = static_cast<float>(g[1]);
  return value_at(point_of(w));
}

std::string landscape_of(std::string_view uri) {
  constexpr std::string_view scheme = "landscape:";
  if (!uri.starts_with(scheme)) return {};
  const data::DataUri parsed = data::parse_data_uri(uri);
  std::string spec = parsed.path;
  char separator = '(';
  for (const auto& [key, value] : parsed.query) {
    spec += fmt::format("{}{}={}", separator, key, value);
    separator = ',';
  }
  if (!parsed.query.empty()) spec += ")";
  make_landscape(spec);
  return spec;
}

std::unique_ptr<Landscape> make_landscape(std::string_view spec) {
  return LandscapeRegistry::instance().make("landscape", spec);
}

}  // namespace descent::train
