#include "descent/train/landscape.hpp"

#include <fmt/format.h>

#include <cmath>

#include "descent/core/error.hpp"
#include "descent/core/random.hpp"
#include "descent/data/source.hpp"

namespace descent::train {
namespace {

constexpr engine::Cost kStepCost{.flops = 20, .bytes = 6 * sizeof(float)};  // a toy: for completeness only

Landscape::Point point_of(std::span<const float> w) noexcept { return {w[0], w[1]}; }

/// Half the distance of a symmetric matrix's eigenvalues.
double half_gap(const Landscape::Hessian& h) noexcept { return std::hypot(0.5 * (h.xx - h.yy), h.xy); }

}  // namespace

double Landscape::Hessian::least_eigenvalue() const noexcept { return 0.5 * (xx + yy) - half_gap(*this); }
double Landscape::Hessian::largest_eigenvalue() const noexcept { return 0.5 * (xx + yy) + half_gap(*this); }

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
  std::string spec = parsed.path, separator = "(";
  for (const auto& [key, value] : parsed.query) {
    spec += fmt::format("{}{}={}", separator, key, value);
    separator = ",";
  }
  if (!parsed.query.empty()) spec += ")";
  make_landscape(spec);
  return spec;
}

std::unique_ptr<Landscape> make_landscape(std::string_view spec) {
  return LandscapeRegistry::instance().make("landscape", spec);
}

}  // namespace descent::train
