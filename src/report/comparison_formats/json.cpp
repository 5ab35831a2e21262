#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "descent/join/comparison_fields.hpp"
#include "descent/report/comparison.hpp"

namespace descent::report {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
concept Record = requires(T& record) {
  visit_fields(record, [](const char*, auto&) {});
};

template <class T>
Json to_json(const std::vector<T>& values);

template <class T>
Json to_json(const T& value) {
  if constexpr (Record<const T>) {
    Json object = Json::object();
    visit_fields(value, [&](const char* name, const auto& field) { object[name] = to_json(field); });
    return object;
  } else if constexpr (std::is_same_v<T, record::Real>) {
    return value && std::isfinite(*value) ? Json(*value) : Json();
  } else if constexpr (record::Words<T>) {
    return Json(record::to_text(value));
  } else {
    return Json(value);
  }
}
template <class T>
Json to_json(const std::vector<T>& values) {
  Json array = Json::array();
  for (const T& value : values) array.push_back(to_json(value));
  return array;
}

/// Everything that the comparison holds; results/comparison.schema.json describes it.
class ComparisonJson final : public ComparisonFormat {
 public:
  std::string_view description() const override { return "all of it, see results/comparison.schema.json"; }
  void write(std::ostream& out, const join::Comparison& comparison) const override {
    Json json{{"schema", "descentbench-comparison"}, {"schema_version", 1}};
    json.update(to_json(comparison));
    out << json.dump(1, ' ', false, Json::error_handler_t::replace) << '\n';
  }
};

const core::Registration<ComparisonFormat> registration{
    "json",
    [](const core::Arguments&) -> std::unique_ptr<ComparisonFormat> { return std::make_unique<ComparisonJson>(); }};

}  // namespace
}  // namespace descent::report
