#include "descent/data/source.hpp"

#include <fmt/format.h>

#include <cmath>

namespace descent::data {

std::string DataUri::get(std::string_view key, std::string_view fallback) const {
  const auto found = query.find(key);
  return found == query.end() ? std::string(fallback) : found->second;
}

std::string DataUri::get_file(std::string_view key) const {
  const std::string file = get(key);
  if (file.empty()) throw core::UsageError(fmt::format("{}: {} is ''; expected the name of a file", text, key));
  return file;
}

std::size_t DataUri::get_count(std::string_view key, std::size_t fallback) const {
  const auto found = query.find(key);
  if (found == query.end()) return fallback;
  const std::optional<std::int64_t> value = core::parse_integer(found->second);
  if (!value || *value < 0)
    throw core::UsageError(fmt::format("{}: {} is '{}'; expected a whole number, 0 or more", text, key, found->second));
  return static_cast<std::size_t>(*value);
}

double DataUri::get_real(std::string_view key, double fallback) const {
  const auto found = query.find(key);
  if (found == query.end()) return fallback;
  const std::optional<double> value = core::parse_real(found->second);
  if (!value || !std::isfinite(*value))
    throw core::UsageError(fmt::format("{}: {} is '{}'; expected a finite number", text, key, found->second));
  return *value;
}

void DataUri::expect_only(std::initializer_list<std::string_view> known) const {
  const std::vector<std::string> names(known.begin(), known.end());
  for (const auto& [key, value] : query)
    if (std::find(names.begin(), names.end(), key) == names.end())
      throw core::UsageError(fmt::format("{}: {}", text, core::unknown_name("option", key, names)));
}

DataUri parse_data_uri(std::string_view text) {
  DataUri uri;
  uri.text = std::string(core::trim(text));
  const std::string_view whole = uri.text;
  const std::size_t colon = whole.find(':');
  if (colon == std::string_view::npos || colon == 0 || whole.find('/') < colon)
    throw core::UsageError(fmt::format("data source '{}': found no scheme; expected SCHEME:PATH, for example csv:{}",
                                       whole, whole.empty() ? "FILE" : whole));
  uri.scheme = std::string(whole.substr(0, colon));
  const std::size_t mark = whole.find('?', colon);
  uri.path = std::string(whole.substr(colon + 1, mark == std::string_view::npos ? mark : mark - colon - 1));
  if (uri.path.empty())
    throw core::UsageError(
        fmt::format("data source '{}': found nothing after '{}:'; expected a path", whole, uri.scheme));
  if (mark == std::string_view::npos) return uri;
  for (const std::string_view part : core::split(whole.substr(mark + 1), '&')) {
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos || equals == 0)
      throw core::UsageError(fmt::format("data source '{}': found option '{}'; expected key=value", whole, part));
    if (!uri.query.emplace(part.substr(0, equals), part.substr(equals + 1)).second)
      throw core::UsageError(
          fmt::format("data source '{}': found '{}' twice; expected it once", whole, part.substr(0, equals)));
  }
  return uri;
}

}  // namespace descent::data
