#include "descent/core/unseen.hpp"

#include <fmt/format.h>

namespace descent::core {
namespace {

struct Unseen {
  std::string_view character;
  const char *name, *looks;
};
constexpr Unseen kUnseen[] = {{"\u00a0", "a no-break space", " "},
                              {"\u202f", "a narrow no-break space", " "},
                              {"\u2007", "a figure space", " "},
                              {"\u2009", "a thin space", " "},
                              {"\u3000", "an ideographic space", " "},
                              {"\u200b", "a zero-width space", ""},
                              {"\u2060", "a word joiner", ""},
                              {"\u00ad", "a soft hyphen", ""},
                              {"\ufeff", "a byte order mark", ""},
                              {"\u2212", "a minus sign that is no hyphen", "-"},
                              {"\u2013", "a dash that is no hyphen", "-"}};

}  // namespace

std::string unseen_character(std::string_view text) {
  for (const Unseen& unseen : kUnseen)
    if (text.find(unseen.character) != std::string_view::npos) return fmt::format(" (with {})", unseen.name);
  return "";
}

std::string as_it_looks(std::string_view text) {
  std::string result(text);
  for (const Unseen& unseen : kUnseen)
    for (std::size_t at = result.find(unseen.character); at != std::string::npos;
         at = result.find(unseen.character, at))
      result.replace(at, unseen.character.size(), unseen.looks);
  return result;
}

}  // namespace descent::core
