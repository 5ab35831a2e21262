#include "data/number.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

#include "descent/core/text.hpp"

namespace descent::data {

std::optional<float> parse_feature(std::string_view token) noexcept {
  const char* first = token.data();
  const char* last = first + token.size();
  if (token.size() > 1 && token[0] == '+' && token[1] != '-') ++first;
  float value = 0;
  const auto [end, error] = std::from_chars(first, last, value);
  if (end != last || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc{}) return value;
  // Out of range: too large, or too small and as good as zero.
  const std::optional<double> wide = core::parse_real(token);
  if (wide && *wide < 1 && *wide > -1) return static_cast<float>(*wide);
  return std::numeric_limits<float>::infinity();
}

std::string in_small_letters(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(), [](unsigned char c) { return std::tolower(c); });
  return small;
}

bool marks_missing(std::string_view field) {
  static constexpr std::string_view kMarks[] = {"?",   "na", "n/a", "#n/a", "<na>",    "null",   "none",
                                                "nil", "-",  "--",  ".",    "missing", "unknown"};
  const std::string_view text = core::trim(field);
  const std::optional<double> number = core::parse_real(text);
  if (number) return !std::isfinite(*number);
  return std::find(std::begin(kMarks), std::end(kMarks), in_small_letters(text)) != std::end(kMarks);
}

}  // namespace descent::data
