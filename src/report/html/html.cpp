#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <ostream>

#include "descent/core/hash.hpp"
#include "descent/report/exporters.hpp"
#include "report/html/assets.hpp"
#include "report/html/data.hpp"

namespace descent::report {
namespace {

/// Bytes of hexadecimal digits in base 64 (RFC 4648), as a content security policy writes hashes.
std::string base64_of_hex(const std::string& hex) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto nibble = [](char digit) { return static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10); };
  std::string text;
  unsigned bits = 0, held = 0;
  for (const char digit : hex) {
    bits = bits << 4 | nibble(digit);
    held += 4;
    if (held < 6) continue;
    held -= 6;
    text += kDigits[bits >> held & 63];
    bits &= (1U << held) - 1;
  }
  if (held > 0) text += kDigits[bits << (6 - held) & 63];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

/// "'sha256-…'" of what stands between the tags of a script or a style.
std::string policy_hash(std::string_view text) {
  core::Sha256 hash;
  hash.update(std::as_bytes(std::span(text)));
  return fmt::format(" 'sha256-{}'", base64_of_hex(hash.hex()));
}

/// What replaces a line of the template: no more than these three.
std::string policy() {
  std::string scripts, styles;
  for (const Asset& asset : page_scripts()) scripts += policy_hash(asset.text);
  for (const Asset& asset : page_styles()) styles += policy_hash(asset.text);
  return fmt::format(
      "default-src 'none'; script-src{}; style-src{}; img-src data: blob:; base-uri 'none'; "
      "form-action 'none'",
      scripts, styles);
}

void write_assets(std::ostream& out, std::span<const Asset> assets, std::string_view tag) {
  for (const Asset& asset : assets) out << '<' << tag << '>' << asset.text << "</" << tag << ">\n";
}

/// JSON that cannot end the element it stands in, nor begin another: no '<' is left in it.
void write_data(std::ostream& out, const nlohmann::ordered_json& data) {
  for (const char c : data.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace))
    if (c == '<')
      out << "\\u003c";
    else
      out << c;
}

}  // namespace

void write_html(std::ostream& out, std::span<const record::Report> reports) {
  std::string_view rest = page_template();
  const std::array<std::string_view, 4> places{"@POLICY@", "@STYLES@", "@DATA@", "@SCRIPTS@"};
  for (const std::string_view place : places) {
    const std::size_t at = rest.find(place);
    out << rest.substr(0, at);
    rest.remove_prefix(at + place.size());
    if (place == "@POLICY@") out << policy();
    if (place == "@STYLES@") write_assets(out, page_styles(), "style");
    if (place == "@DATA@") write_data(out, page_data(reports));
    if (place == "@SCRIPTS@") write_assets(out, page_scripts(), "script");
  }
  out << rest;
}

void write_page_data(std::ostream& out, std::span<const record::Report> reports) {
  out << page_data(reports).dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

}  // namespace descent::report
