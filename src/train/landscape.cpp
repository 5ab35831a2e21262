#include "descent/train/landscape.hpp"

#include <fmt/format.h>

#include "descent/core/error.hpp"
#include "descent/core/random.hpp"

namespace descent::train {
namespace {

constexpr engine::Cost kStepCost{20, 6 * sizeof(float)};  // a toy: for completeness only

Landscape::Point point_of(std::span<const float> w) noexcept { return {w[0], w[1]}; }

}  // namespace

Landscape::Settings Landscape::settings(const core::Arguments& arguments, Point start, std::string_view more) {
  if (more.empty())
    arguments.expect_only({"x0", "y0", "sigma", "seed"});
  else
    arguments.expect_only({"x0", "y0", "sigma", "seed", more});
  Settings settings;
  settings.start = {arguments.number("x0", start[0]), arguments.number("y0", start[1])};
  settings.sigma = arguments.number("sigma", 0);
  const double seed = arguments.number("seed", 0);
  if (settings.sigma < 0)
    throw core::UsageError(fmt::format("{}: sigma is {}; expected 0 or more", arguments.text, settings.sigma));
  if (seed < 0 || seed >= 0x1p53 || seed != static_cast<double>(static_cast<std::uint64_t>(seed)))
    throw core::UsageError(fmt::format("{}: seed is {}; expected a whole number of 0 or more", arguments.text, seed));
  settings.seed = static_cast<std::uint64_t>(seed);
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

void Landscape::advance(const engine::UpdateRule& rule, const engine::StepSequence& steps, std::span<float> w,
                        std::span<float> state) {
  for (std::size_t step = 0; step < steps.rates.size(); ++step) {
    if (!steps.losses.empty()) steps.losses[step] = value_at(point_of(w));
    Point g = gradient_at(point_of(w));
    if (settings_.sigma > 0) {
      core::CounterRandom random(settings_.seed, core::Purpose::noise, taken_);
      for (double& entry : g) entry += settings_.sigma * random.next_normal();
    }
    ++taken_;
    const std::array<float, 2> rounded{static_cast<float>(g[0]), static_cast<float>(g[1])};
    rule.update(w, rounded, state, static_cast<float>(steps.rates[step]));
  }
}

std::unique_ptr<Landscape> make_landscape(std::string_view spec) {
  return LandscapeRegistry::instance().make("landscape", spec);
}

}  // namespace descent::train
