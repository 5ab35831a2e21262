#pragma once

#include <concepts>
#include <ostream>
#include <string>

#include "descent/core/text.hpp"
#include "descent/record/tables.hpp"

namespace descent::report {

// Fields and lines of RFC 4180.

inline std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
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
