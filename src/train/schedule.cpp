#include "descent/train/schedule.hpp"

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "descent/core/error.hpp"
#include "descent/core/text.hpp"

namespace descent::train {

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

Schedule::Kind parse_schedule(std::string_view name) {
  if (const std::optional<Schedule::Kind> found = record::from_text<Schedule::Kind>(name)) return *found;
  throw core::UsageError(core::unknown_name("schedule", name, schedule_names()));
}

std::vector<std::string> schedule_names() {
  const auto words = record::words_of<Schedule::Kind>();
  return {words.begin(), words.end()};
}

}  // namespace descent::train
