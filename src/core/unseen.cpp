#include "descent/core/unseen.hpp"

#include <fmt/format.h>

#include <utility>

namespace descent::core {

std::string unseen_character(std::string_view text) {
  static constexpr std::pair<const char*, const char*> kUnseen[] = {
      {"\u00a0", "a no-break space"},        {"\u202f", "a narrow no-break space"},
      {"\u2007", "a figure space"},          {"\u2009", "a thin space"},
      {"\u200b", "a zero-width space"},      {"\u2060", "a word joiner"},
      {"\ufeff", "a byte order mark"},       {"\u2212", "a minus sign that is no hyphen"},
      {"\u2013", "a dash that is no hyphen"}};
  for (const auto& [character, name] : kUnseen)
    if (text.find(character) != std::string_view::npos) return fmt::format(" (with {})", name);
  return "";
}

}  // namespace descent::core
