#pragma once

#include <concepts>
#include <ostream>
#include <string>
#include <string_view>

#include "descent/core/text.hpp"
#include "descent/record/tables.hpp"

namespace descent::report {

// Fields and lines of RFC 4180.

/// A text that a spreadsheet would take for a formula (it begins with = + - @, a tab or a carriage return) gets an
/// apostrophe in front: reports may come from strangers. Numbers are written as they are.
inline std::string csv_field(const std::string& text) {
  const bool formula = !text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos;
  const std::string shown = formula ? "'" + text : text;
  if (shown.find_first_of(",\"\r\n") == std::string::npos) return shown;
  std::string quoted = "\"";
  for (const char c : shown) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}
inline std::string csv_field(const record::Real& value) { return value ? core::shortest(*value) : ""; }
template <record::Words E>
std::string csv_field(E word) {
  return record::to_text(word);
}
inline std::string csv_field(double value) { return core::shortest(value); }
template <std::integral T>
std::string csv_field(T value) {
  return std::to_string(value);
}

/// A line of fields.
template <class... T>
void csv_line(std::ostream& out, const T&... values) {
  std::string text;
  ((text += csv_field(values) + ","), ...);
  text.back() = '\r';
  out << text << '\n';
}

}  // namespace descent::report
