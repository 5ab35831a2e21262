#include "report/format.hpp"

#include <fmt/format.h>

#include <cmath>

#include "descent/core/text.hpp"
#include "descent/record/find.hpp"

namespace descent::report {
namespace {

/// The decimals that leave `digits` significant ones.
int decimals_for(double value, int digits) {
  if (value == 0 || !std::isfinite(value)) return 0;
  const int lead = static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-9));
  return std::max(0, digits - 1 - lead);
}

struct Unit {
  double seconds;
  const char* name;
};

Unit unit_of(double seconds) {
  if (seconds < 1e-3) return {1e-6, "µs"};
  if (seconds < 0.1) return {1e-3, "ms"};
  if (seconds < 300) return {1, "s"};
  return {60, "min"};
}

}  // namespace

std::string three_digits(double value) {
  const double size = std::abs(value);
  if (value != 0 && (size < 1e-4 || size >= 1e7)) return fmt::format("{:.2e}", value);
  if (size >= 1000)
    return (value < 0 ? "-" : "") + core::with_thousands(static_cast<std::uint64_t>(std::llround(size)));
  return fmt::format("{:.{}f}", value, decimals_for(value, 3));
}

bool is_too_wide(const record::Real& low, const record::Real& high) {
  constexpr double kUseful = 100;
  return low && high && *low > 0 && *high > kUseful * *low;
}

std::string time_interval(const record::Real& value, const record::Real& low, const record::Real& high) {
  if (!value || !low) return "";
  if (is_too_wide(low, high)) return kTooWide;
  const Unit unit = unit_of(*value);
  // Ends have as many decimals as the value, and no zero before the point: the table is wide.
  const int decimals = decimals_for(*value / unit.seconds, 3);
  const auto end = [&](double seconds) {
    const std::string number = fmt::format("{:.{}f}", seconds / unit.seconds, decimals);
    return number.starts_with("0.") ? number.substr(1) : number;
  };
  // Open where no upper end is known: of some draws of the runs none comes to the target.
  return high ? fmt::format("[{}, {}]", end(*low), end(*high)) : fmt::format("[{}, …)", end(*low));
}

std::string seconds_with_interval(const record::Real& value, const record::Real& low, const record::Real& high) {
  if (!value) return "";
  const Unit unit = unit_of(*value);
  const std::string interval = time_interval(value, low, high);
  return fmt::format("{} {}{}{}", three_digits(*value / unit.seconds), unit.name, interval.empty() ? "" : " ",
                     interval);
}

std::string with_prefix(double value) {
  if (value >= 1e9) return three_digits(value / 1e9) + " G";
  if (value >= 1e6) return three_digits(value / 1e6) + " M";
  if (value >= 1e3) return three_digits(value / 1e3) + " k";
  return three_digits(value);
}

std::string steps_text(double steps) {
  if (steps < 99.95 && steps != std::floor(steps)) return fmt::format("{:.1f}", steps);
  return core::with_thousands(static_cast<std::uint64_t>(std::llround(std::max(0.0, steps))));
}

std::string count_text(std::int64_t count) {
  return core::with_thousands(static_cast<std::uint64_t>(std::max<std::int64_t>(0, count)));
}

std::string ends_text(const record::Real& low, const record::Real& high, std::string (*number)(double)) {
  if (!low && !high) return "";
  if (is_too_wide(low, high)) return fmt::format(" {}", kTooWide);
  return fmt::format(" {}, {}", low ? "[" + number(*low) : "(…", high ? number(*high) + "]" : "…)");
}

std::string gain_text(const record::Real& gain, const record::Real& low, const record::Real& high) {
  // No gain is 0: that end is open.
  const record::Real least = low && *low > 0 ? low : record::Real();
  if (gain) return three_digits(*gain) + "x" + ends_text(least, high, three_digits);
  if (low) return ">" + three_digits(*low) + "x";
  return high ? "<" + three_digits(*high) + "x" : "";
}

std::string batch_text(const record::Series& series) {
  return series.full_batch ? record::batch_name(true, series.batch) : count_text(series.batch);
}

std::string name_of_cell(const record::Report& report, const std::string& id) {
  const record::Cell* const cell = record::find_cell(report, id);
  return cell == nullptr ? id : record::cell_name(report, *cell);
}

std::string percent(double share) { return fmt::format("{} %", core::shortest(std::round(share * 1e8) / 1e6)); }

}  // namespace descent::report
