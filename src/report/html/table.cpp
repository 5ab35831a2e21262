#include "report/html/table.hpp"

#include <fmt/format.h>

#include <cmath>

#include "descent/core/text.hpp"

namespace descent::report {

nlohmann::json page_number(const record::Real& value) {
  if (!value || !std::isfinite(*value)) return {};
  if (std::abs(*value) < 1e15 && *value == std::round(*value)) return static_cast<std::int64_t>(*value);
  return core::parse_real(fmt::format("{:.6g}", *value)).value_or(*value);
}

nlohmann::ordered_json PageTable::to_json() const {
  nlohmann::ordered_json json{{"name", name}, {"title", title}};
  nlohmann::ordered_json& heads = json["columns"] = nlohmann::ordered_json::array();
  for (const Column& column : columns) heads.push_back({column.key, column.title, column.unit});
  nlohmann::ordered_json& lines = json["rows"] = nlohmann::ordered_json::array();
  for (const std::vector<nlohmann::json>& row : rows) lines.push_back(row);
  return json;
}

}  // namespace descent::report
