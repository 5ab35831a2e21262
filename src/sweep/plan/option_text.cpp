#include "sweep/plan/option_text.hpp"

#include <fmt/format.h>

#include "descent/core/error.hpp"
#include "descent/core/unseen.hpp"

namespace descent::sweep {

void bad_option(const std::string& place, std::string_view found, const std::string& expected) {
  throw core::UsageError(fmt::format("{}: found {}{}; expected {}", place, found.empty() ? "nothing" : found,
                                     core::unseen_character(found), expected));
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
