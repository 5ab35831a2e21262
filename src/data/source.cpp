#include "descent/data/source.hpp"

#include <fmt/format.h>

#include <cmath>

#include "data/file.hpp"

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

namespace {

/// '?', '&' and '%' in names are written %3F, %26 and %25; nothing else is changed.
std::string decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view code = text.substr(i, 3);
    const char c = code == "%3F" || code == "%3f" ? '?' : code == "%26" ? '&' : code == "%25" ? '%' : '\0';
    result += c == '\0' ? text[i] : c;
    if (c != '\0') i += 2;
  }
  return result;
}

}  // namespace

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
  uri.path = decoded(whole.substr(colon + 1, mark == std::string_view::npos ? mark : mark - colon - 1));
  if (uri.path.empty())
    throw core::UsageError(
        fmt::format("data source '{}': found nothing after '{}:'; expected a path", whole, uri.scheme));
  if (mark == std::string_view::npos) return uri;
  for (const std::string_view part : core::split(whole.substr(mark + 1), '&')) {
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos || equals == 0)
      throw core::UsageError(fmt::format(
          "data source '{}': found option '{}'; expected key=value (a '?' of a name is written %3F)", whole, part));
    if (!uri.query.emplace(part.substr(0, equals), decoded(part.substr(equals + 1))).second)
      throw core::UsageError(
          fmt::format("data source '{}': found '{}' twice; expected it once", whole, part.substr(0, equals)));
  }
  return uri;
}

std::vector<std::string> files_of(std::string_view text) {
  const DataUri uri = parse_data_uri(text);
  return ReaderRegistry::instance().make("data scheme", uri.scheme)->files(uri);
}

std::vector<std::string> file_and_test(const DataUri& uri) {
  std::vector<std::string> files{file_or_in_its_folder(uri.path)};
  if (const std::string test = uri.get("test"); !test.empty()) files.push_back(file_or_in_its_folder(test));
  return files;
}

}  // namespace descent::data
