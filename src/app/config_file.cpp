#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include "app/report_file.hpp"
#include "app/run_options.hpp"
#include "descent/core/error.hpp"
#include "descent/core/input_file.hpp"
#include "descent/core/text.hpp"

namespace descent::app {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 20;  // a pipe may have no end

const char* kind_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

const char* expected_name(OptionKind kind) {
  switch (kind) {
    case OptionKind::flag:
      return "true or false";
    case OptionKind::on_off:
      return "true, false, \"on\" or \"off\"";
    case OptionKind::text:
      return "a text";
    case OptionKind::texts:
      return "a text or an array of texts";
    case OptionKind::number:
      return "a number, or a text that holds one";
    default:
      return "a number or an array of numbers";
  }
}

/// The text of a value that an option of this kind may have, else nothing.
std::optional<std::string> text_of(const toml::node& node, OptionKind kind) {
  const bool plural = kind == OptionKind::texts || kind == OptionKind::numbers;
  const bool numeric = kind == OptionKind::number || kind == OptionKind::numbers;
  if (const auto* const array = node.as_array()) {
    if (!plural) return std::nullopt;
    std::vector<std::string> parts;
    for (const toml::node& element : *array) {
      const auto part = element.is_array() ? std::nullopt : text_of(element, kind);
      if (!part) return std::nullopt;
      parts.push_back(*part);
    }
    return fmt::format("{}", fmt::join(parts, ","));
  }
  if (const auto* const flag = node.as_boolean()) {
    if (kind == OptionKind::flag) return flag->get() ? "true" : "false";
    if (kind == OptionKind::on_off) return flag->get() ? "on" : "off";
    return std::nullopt;
  }
  if (const auto* const number = node.as_integer(); number && numeric) return std::to_string(number->get());
  if (const auto* const number = node.as_floating_point(); number && numeric) return core::shortest(number->get());
  if (const auto* const text = node.as_string(); text && kind != OptionKind::flag) return text->get();
  return std::nullopt;
}

/// "a date or time", or where an array has one among elements that are right, "a date or time in an array".
std::string found_name(const toml::node& node, OptionKind kind) {
  if (const auto* const array = node.as_array())
    for (const toml::node& element : *array)
      if (!text_of(element, kind)) return fmt::format("{} in an array", kind_name(element));
  return kind_name(node);
}

std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return text;
}

}  // namespace

std::span<const char* const> command_flags() {
  static constexpr const char* kFlags[] = {"details", "dry-run", "explain", "list", "quiet"};
  return kFlags;
}

Settings read_config_file(const std::string& path) {
  toml::table table;
  try {
    table = toml::parse(core::read_whole_file(path, "a TOML file", kMostBytes));
  } catch (const toml::parse_error& error) {
    throw core::InputError(fmt::format("{}:{}: found no TOML: {}; expected lines like batch-sizes = [32, 64]", path,
                                       error.source().begin.line, one_line(std::string(error.description()))));
  }
  Settings settings;
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const std::string line = fmt::format("{}:{}", path, key.source().begin.line);
    const auto flags = command_flags();
    const bool flag = std::find(flags.begin(), flags.end(), name) != flags.end();
    const OptionKind kind = flag             ? OptionKind::flag
                            : name == "page" ? OptionKind::on_off
                                             : find_run_option(name, line).kind;
    const auto value = text_of(node, kind);
    if (!value)
      throw core::InputError(
          fmt::format("{}: {}: found {}; expected {}", line, name, found_name(node, kind), expected_name(kind)));
    settings[name] = {*value, fmt::format("{}: {}", line, name)};
  }
  return settings;
}

Settings read_config_of_report(const std::string& path) { return config_of_report(load_report(path), path); }

Settings config_of_report(const record::Report& report, const std::string& path) {
  Settings settings;
  const auto preset = report.context.configuration.find("preset");
  const auto own = preset == report.context.configuration.end()
                       ? decltype(report.context.configuration)()
                       : sweep::configuration_of(sweep::preset_options(preset->second));
  for (const auto& [name, value] : report.context.configuration) {
    // The preset's own list is not one that a user gave: it is cut at the training rows.
    if (const auto same = own.find(name); name == "batch-sizes" && same != own.end() && same->second == value) continue;
    const std::string place = fmt::format("{}: /context/configuration/{}", path, name);
    find_run_option(name, place);
    settings[name] = {value, place};
  }
  return settings;
}

}  // namespace descent::app
