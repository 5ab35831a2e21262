#include "sweep/plan/option_text.hpp"

#include <fmt/format.h>

#include "descent/core/error.hpp"

namespace descent::sweep {

namespace {

/// " (with a no-break space)" if a text contains a character that looks like a space or hyphen but is none, or that is
/// invisible. Web pages and word processors insert such characters.
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

}  // namespace

void bad_option(const std::string& place, std::string_view found, const std::string& expected) {
  throw core::UsageError(fmt::format("{}: found {}{}; expected {}", place, found.empty() ? "nothing" : found,
                                     unseen_character(found), expected));
}

std::int64_t whole(const std::string& place, std::string_view text, const char* expected, std::int64_t least) {
  const auto value = core::parse_integer(core::trim(text));
  if (!value || *value < least) bad_option(place, text, expected);
  return *value;
}

int small_whole(const std::string& place, std::string_view text, const char* expected, std::int64_t least) {
  const std::int64_t value = whole(place, text, expected, least);
  if (value > 1'000'000) bad_option(place, text, "a whole number, at most 1,000,000");
  return static_cast<int>(value);
}

bool either(const std::string& place, const std::string& text, const char* yes, const char* no) {
  if (text != yes && text != no) bad_option(place, text, fmt::format("{} or {}", yes, no));
  return text == yes;
}

const std::string& one_of(const char* kind, const std::string& text, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), text) == known.end())
    throw core::UsageError(core::unknown_name(kind, text, known));
  return text;
}

std::vector<std::string> parts(const std::string& place, const std::string& text, const char* expected) {
  std::vector<std::string> result;
  for (const std::string& part : core::split_outside_brackets(text, ',')) {
    result.emplace_back(core::trim(part));
    if (result.back().empty())
      bad_option(place, text.empty() ? "nothing" : "an empty place in '" + text + "'", expected);
  }
  if (result.empty()) bad_option(place, "nothing", expected);
  return result;
}

}  // namespace descent::sweep
