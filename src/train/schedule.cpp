#include "descent/train/schedule.hpp"

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "descent/core/error.hpp"
#include "descent/core/text.hpp"

namespace descent::train {
namespace {
constexpr std::array<std::string_view, 3> kNames{"constant", "inverse", "inverse_sqrt"};
}

double Schedule::rate(std::uint64_t step) const noexcept {
  const double epochs = static_cast<double>(step) / tau;
  switch (kind) {
    case Kind::inverse:
      return base / (1 + epochs);
    case Kind::inverse_sqrt:
      return base / std::sqrt(1 + epochs);
    default:
      return base;
  }
}

std::string_view schedule_name(Schedule::Kind kind) noexcept { return kNames[static_cast<std::size_t>(kind)]; }

Schedule::Kind parse_schedule(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<Schedule::Kind>(i);
  throw core::UsageError(core::unknown_name("schedule", name, schedule_names()));
}

std::vector<std::string> schedule_names() { return {kNames.begin(), kNames.end()}; }

}  // namespace descent::train
