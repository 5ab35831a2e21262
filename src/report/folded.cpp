#include "report/folded.hpp"

#include <ostream>
#include <string_view>

namespace descent::report {

namespace {

/// Is this the space between a number and its unit?
bool before_unit(std::string_view text, std::size_t space) {
  if (space == 0 || text[space - 1] < '0' || text[space - 1] > '9') return false;
  const std::string_view rest = text.substr(space + 1);
  for (const std::string_view unit : {"%", "µs", "ms", "s", "min"}) {
    if (!rest.starts_with(unit)) continue;
    const char next = rest.size() > unit.size() ? rest[unit.size()] : ' ';
    if (next == ' ' || next == ')' || next == '.' || next == ',') return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> folded(const std::string& text, std::size_t width) {
  std::vector<std::string> lines;
  std::string rest = text;
  do {
    std::size_t columns = 0, cut = rest.size(), space = std::string::npos;
    for (std::size_t i = 0; i < rest.size(); ++i) {
      if ((static_cast<unsigned char>(rest[i]) & 0xC0) == 0x80) continue;
      if (++columns > width) {
        cut = rest[i] == ' ' && !before_unit(rest, i) ? i : space == std::string::npos ? i : space;
        break;
      }
      if (rest[i] == ' ' && !before_unit(rest, i)) space = i;
    }
    lines.push_back(rest.substr(0, cut));
    rest.erase(0, cut == rest.size() ? cut : cut + (rest[cut] == ' ' ? 1 : 0));
  } while (!rest.empty());
  return lines;
}

void write_labelled(std::ostream& out, const std::string& label, std::size_t label_width, const std::string& text,
                    std::size_t width, Ink label_ink, Ink ink, bool color) {
  std::string head = label;
  const std::size_t shown = display_width(label);
  head.append(shown < label_width ? label_width - shown : 1, ' ');
  const std::size_t room = width > label_width + 10 ? width - label_width : 10;
  for (const std::string& line : folded(text, room)) {
    out << paint(head, label_ink, color) << paint(line, ink, color) << '\n';
    head.assign(label_width, ' ');
  }
}

}  // namespace descent::report
