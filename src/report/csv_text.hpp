#pragma once

#include <string>
#include <string_view>

namespace descent::report {

/// A text as a field of CSV (RFC 4180). A text that a spreadsheet would take for a formula (it begins with = + - @, a
/// tab or a carriage return) gets an apostrophe in front: reports may come from strangers. For texts alone: a number
/// is written as it is.
inline std::string csv_text(std::string_view text) {
  std::string shown(text);
  if (!shown.empty() && std::string_view("=+-@\t\r").find(shown[0]) != std::string_view::npos) shown.insert(0, "'");
  if (shown.find_first_of(",\"\r\n") == std::string::npos) return shown;
  std::string quoted = "\"";
  for (const char c : shown) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

}  // namespace descent::report
