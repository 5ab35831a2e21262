#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "descent/record/status.hpp"

namespace descent::train {

/// Learning rate of a step. constant: base; inverse: base / (1 + t/τ); inverse_sqrt: base / √(1 + t/τ), t = steps
/// taken, τ = steps of one epoch.
struct Schedule {
  using Kind = record::RateSchedule;
  Kind kind = Kind::constant;
  double base = 0;
  double tau = 1;
  double rate(std::uint64_t step) const noexcept;
};
Schedule::Kind parse_schedule(std::string_view name);  ///< throws UsageError with the nearest name
std::vector<std::string> schedule_names();

}  // namespace descent::train
