#pragma once

#include <fmt/format.h>

#include <string_view>

#include "descent/core/text.hpp"
#include "descent/engine/objective.hpp"

namespace descent::train {

/// The optimizer's parameter `key`, which has to be a number from 0 to below 1. Throws UsageError.
inline double fraction(const core::Arguments& arguments, std::string_view key, double fallback) {
  const double value = arguments.number(key, fallback);
  if (!(value >= 0 && value < 1))
    throw core::UsageError(
        fmt::format("{}: {} is {}; expected a number from 0 to below 1", arguments.text, key, core::shortest(value)));
  return value;
}

/// The same, a number above 0.
inline double positive(const core::Arguments& arguments, std::string_view key, double fallback) {
  const double value = arguments.number(key, fallback);
  if (!(value > 0))
    throw core::UsageError(
        fmt::format("{}: {} is {}; expected a number above 0", arguments.text, key, core::shortest(value)));
  return value;
}

/// The same, a whole number from `least` to a million.
inline std::size_t count(const core::Arguments& arguments, std::string_view key, std::size_t fallback,
                         std::size_t least) {
  const double value = arguments.number(key, static_cast<double>(fallback));
  if (!(value >= static_cast<double>(least) && value <= 1e6) ||
      value != static_cast<double>(static_cast<std::size_t>(value)))
    throw core::UsageError(fmt::format("{}: {} is {}; expected a whole number from {} to 1,000,000", arguments.text,
                                       key, core::shortest(value), least));
  return static_cast<std::size_t>(value);
}

/// The objective's access to its rows' slopes. Throws UsageError, with the optimizer's name, if the objective has none.
inline const engine::LinearSlopes& slopes_of(engine::Objective& objective, std::string_view optimizer) {
  const engine::LinearSlopes* const slopes = objective.linear_slopes();
  if (slopes == nullptr)
    throw core::UsageError(
        fmt::format("optimizer {}: found a function without rows' slopes; expected a linear model", optimizer));
  return *slopes;
}

}  // namespace descent::train
