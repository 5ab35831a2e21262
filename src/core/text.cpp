#include "descent/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "descent/core/error.hpp"

namespace descent::core {
namespace {

/// from_chars takes no plus sign, but LIBSVM files and people write "+1".
std::string_view without_plus(std::string_view text) noexcept {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+') text.remove_prefix(1);
  return text;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

/// The form in which names are compared: lower case, with '_' for '-' and ' '.
std::string normal_form(std::string_view name) {
  std::string text(name);
  for (char& c : text) c = c == '-' || c == ' ' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// The smallest edit distance of `name` to a word of `candidate`: "softmx" to "softmax" of "softmax_cross_entropy".
std::size_t word_distance(std::string_view name, const std::string& candidate) {
  std::size_t least = edit_distance(name, candidate);
  for (const std::string_view word : split(candidate, '_'))
    if (!word.empty()) least = std::min(least, edit_distance(name, word));
  return least;
}

/// "; did you mean 'a'? expected one of a, b"
std::string suggestion(std::string_view name, std::span<const std::string> candidates, Suggest suggest) {
  std::vector<std::string> near = near_names(name, candidates, suggest);
  for (std::string& candidate : near) candidate = fmt::format("'{}'", candidate);
  return fmt::format("; {}expected {}{}", near.empty() ? "" : fmt::format("did you mean {}? ", fmt::join(near, " or ")),
                     candidates.size() > 1 ? "one of " : "",
                     candidates.empty() ? "none" : fmt::format("{}", fmt::join(candidates, ", ")));
}

}  // namespace

double Arguments::number(std::string_view key, double fallback) const {
  const auto found = values.find(key);
  if (found == values.end()) return fallback;
  const std::optional<double> value = parse_real(found->second);
  if (!value || !std::isfinite(*value))
    throw UsageError(fmt::format("{}: {} is '{}'; expected a finite number", text, key, found->second));
  return *value;
}

void Arguments::expect_only(std::initializer_list<std::string_view> known) const {
  for (const auto& [key, value] : values) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::vector<std::string> names(known.begin(), known.end());
    throw UsageError(fmt::format("{}: {}", text, unknown_name("argument", key, names)));
  }
}

Arguments parse_arguments(std::string_view spec) {
  Arguments result;
  result.text = std::string(trim(spec));
  const std::string_view text = result.text;
  const std::size_t open = text.find('(');
  result.name = std::string(trim(text.substr(0, open)));
  if (result.name.empty()) throw UsageError(fmt::format("'{}': the name is missing; expected name(key=value,…)", text));
  if (open == std::string_view::npos) {
    if (text.find(')') != std::string_view::npos)
      throw UsageError(fmt::format("{}: found ')' without '('; expected name(key=value,…)", text));
    return result;
  }
  if (text.back() != ')' || text.find_first_of("()", open + 1) != text.size() - 1)
    throw UsageError(fmt::format("{}: unbalanced brackets; expected name(key=value,…)", text));
  const std::string_view inside = trim(text.substr(open + 1, text.size() - open - 2));
  if (inside.empty()) return result;
  for (const std::string_view part : split(inside, ',')) {
    const std::size_t equals = part.find('=');
    const std::string_view key = trim(part.substr(0, equals));
    if (equals == std::string_view::npos || key.empty())
      throw UsageError(fmt::format("{}: found '{}'; expected key=value", text, trim(part)));
    if (!result.values.emplace(key, trim(part.substr(equals + 1))).second)
      throw UsageError(fmt::format("{}: found '{}' twice; expected it once", text, key));
  }
  return result;
}

std::optional<double> parse_real(std::string_view text) noexcept {
  text = without_plus(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc{}) return value;
  if (error != std::errc::result_out_of_range) return std::nullopt;
  // from_chars reports "out of range" for values that are too large and too small alike; a value that is too small
  // counts as zero.
  value = std::strtod(std::string(text).c_str(), nullptr);
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
  text = without_plus(text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r\n\f\v";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::vector<std::string> split_outside_brackets(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : text) {
    depth += (c == '(') - (c == ')');
    if (c == separator && depth <= 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  for (std::string& part : parts) part = std::string(trim(part));
  return parts;
}

std::vector<std::string> near_names(std::string_view name, std::span<const std::string> candidates, Suggest suggest) {
  constexpr std::size_t most = 3, least_word = 3;
  const std::string wanted = normal_form(name);
  std::vector<std::pair<std::size_t, std::string>> ranked;  // by edit distance
  for (const std::string& candidate : candidates)
    ranked.emplace_back(edit_distance(wanted, normal_form(candidate)), candidate);
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  if (ranked.empty() || wanted.empty()) return {};
  if (ranked[0].first <= wanted.size() / 4) return {ranked[0].second};  // a typing error
  std::vector<std::string> containing, alike;
  for (const auto& [distance, candidate] : ranked) {
    const std::string text = normal_form(candidate);
    if (wanted.size() >= least_word && text.find(wanted) != std::string::npos) containing.push_back(candidate);
    if (word_distance(wanted, text) <= wanted.size() / 4) alike.push_back(candidate);
  }
  for (std::vector<std::string>* const found : {&containing, &alike}) {
    found->resize(std::min(found->size(), most));
    if (!found->empty()) return *found;
  }
  if (suggest == Suggest::always || ranked[0].first <= wanted.size() / 2) return {ranked[0].second};
  return {};
}

std::string nearest_name(std::string_view name, std::span<const std::string> candidates) {
  const std::vector<std::string> near = near_names(name, candidates);
  return near.empty() ? "" : near.front();
}

std::string unknown_name(std::string_view kind, std::string_view name, std::span<const std::string> candidates,
                         Suggest suggest) {
  return fmt::format("unknown {} '{}'{}", kind, name, suggestion(name, candidates, suggest));
}

std::string printable(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte_at = [&](std::size_t k) { return static_cast<unsigned char>(k < text.size() ? text[k] : '\0'); };
    const unsigned char lead = byte_at(i);
    std::size_t size = lead < 0x80                   ? 1
                       : lead >= 0xC2 && lead < 0xE0 ? 2
                       : lead >= 0xE0 && lead < 0xF0 ? 3
                       : lead >= 0xF0 && lead < 0xF5 ? 4
                                                     : 0;
    for (std::size_t k = 1; k < size; ++k)
      if ((byte_at(i + k) & 0xC0) != 0x80) size = 0;
    const bool control = lead < 0x20 || lead == 0x7F || (size == 2 && lead == 0xC2 && byte_at(i + 1) < 0xA0);
    if (size > 0 && !control) {
      result += text.substr(i, size);
    } else {
      size = std::max<std::size_t>(size, 1);
      for (std::size_t k = 0; k < size; ++k) result += fmt::format("\\x{:02x}", byte_at(i + k));
    }
    i += size;
  }
  return result;
}

std::string shortest(double value) { return fmt::format("{}", value); }

std::string with_thousands(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
  return text;
}

}  // namespace descent::core
