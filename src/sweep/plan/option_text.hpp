#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "descent/core/text.hpp"

namespace descent::sweep {

// Reading the texts of options. `place` says where a text is from; all functions throw UsageError with it.

[[noreturn]] void bad_option(const std::string& place, std::string_view found, const std::string& expected);

/// A whole number, at least `least`.
std::int64_t whole(const std::string& place, std::string_view text, const char* expected, std::int64_t least = 1);
/// The same, at most a million.
int small_whole(const std::string& place, std::string_view text, const char* expected, std::int64_t least = 1);

/// A finite number for which `good` returns true.
template <class F>
double real(const std::string& place, std::string_view text, const char* expected, F&& good) {
  const auto value = core::parse_real(core::trim(text));
  if (!value || !std::isfinite(*value) || !good(*value)) bad_option(place, text, expected);
  return *value;
}

/// True for the text `yes`, false for `no`; any other text is an error.
bool either(const std::string& place, const std::string& text, const char* yes, const char* no);

/// Returns the text if it is one of `known`; `kind` is its name in messages.
const std::string& one_of(const char* kind, const std::string& text, const std::vector<std::string>& known);

/// The parts of a comma-separated list, trimmed; none may be empty. Commas inside round brackets do not separate.
std::vector<std::string> parts(const std::string& place, const std::string& text, const char* expected);

/// A list as "a,b"; `text` turns an element into text.
template <class T, class F>
std::string list_text(const std::vector<T>& values, F&& text) {
  std::string result;
  for (const T& value : values) {
    if (!result.empty()) result += ',';
    result += text(value);
  }
  return result;
}
inline std::string list_text(const std::vector<std::string>& values) {
  return list_text(values, [](const std::string& value) { return value; });
}

template <class T>
void keep_each_once(std::vector<T>& values) {
  std::vector<T> kept;
  for (const T& value : values)
    if (std::find(kept.begin(), kept.end(), value) == kept.end()) kept.push_back(value);
  values = std::move(kept);
}

}  // namespace descent::sweep
