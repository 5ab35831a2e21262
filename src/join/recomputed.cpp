#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "descent/analysis/analyse.hpp"
#include "descent/join/comparison.hpp"

namespace descent::join {
namespace {

using Json = nlohmann::json;

constexpr double kRounding = 1e-6;  // relative; another machine's exp and log differ in their last bits

/// The tables as JSON, without the long raw ones, which the analysis does not change.
Json tables_of(record::Report report) {
  report.trajectories.clear(), report.timings.clear(), report.moments.clear(), report.tunings.clear();
  report.floors.clear();
  std::stringstream text;
  record::write_report(text, report);
  return Json::parse(text);
}

/// The path of the first difference, and what both have there; "" if there is none.
std::string difference(const Json& had, const Json& has, const std::string& path) {
  if (had.is_number() && has.is_number()) {
    const double a = had.get<double>(), b = has.get<double>();
    if (a == b || std::abs(a - b) <= kRounding * std::max(std::abs(a), std::abs(b))) return "";
  } else if (had.is_object() && has.is_object()) {
    for (const auto& [key, value] : has.items()) {
      const auto other = had.find(key);
      std::string inner = difference(other == had.end() ? Json() : *other, value, path + "/" + key);
      if (!inner.empty()) return inner;
    }
    return "";
  } else if (had.is_array() && has.is_array()) {
    if (had.size() != has.size())
      return fmt::format("{}: had {} records, its raw tables give {}", path, had.size(), has.size());
    for (std::size_t i = 0; i < has.size(); ++i) {
      std::string inner = difference(had[i], has[i], fmt::format("{}/{}", path, i));
      if (!inner.empty()) return inner;
    }
    return "";
  } else if (had == has) {
    return "";
  }
  const auto text = [](const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); };
  return fmt::format("{}: had {}, its raw tables give {}", path, text(had), text(has));
}

}  // namespace

Recomputed recomputed(const record::Report& report) {
  Recomputed result{analysis::analyse(report), ""};
  result.difference = difference(tables_of(report), tables_of(result.report), "");
  return result;
}

}  // namespace descent::join
