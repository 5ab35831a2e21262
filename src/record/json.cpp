#include "descent/record/json.hpp"

#include <fmt/format.h>

#include <cassert>
#include <cmath>
#include <istream>
#include <limits>
#include <nlohmann/json.hpp>
#include <ostream>

#include "descent/core/error.hpp"
#include "record/fields.hpp"

namespace descent::record {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

// Writing. J is Json or OrderedJson.

template <class J, class T>
J write(const T& value);

template <class J, class T>
J write(const std::vector<T>& values) {
  J array = J::array();
  for (const T& value : values) array.push_back(write<J>(value));
  return array;
}

template <class T>
inline constexpr bool kOptionalRecord = false;
template <Record T>
inline constexpr bool kOptionalRecord<std::optional<T>> = true;

template <class J, class T>
J write(const T& value) {
  if constexpr (kOptionalRecord<T>) {
    return value ? write<J>(*value) : J();
  } else if constexpr (Record<const T>) {
    J object = J::object();
    visit_fields(value, [&](const char* name, const auto& field) { object[name] = write<J>(field); });
    return object;
  } else if constexpr (std::is_same_v<T, Real>) {
    return value && std::isfinite(*value) ? J(*value) : J();
  } else if constexpr (Words<T>) {
    return J(to_text(value));
  } else if constexpr (std::is_same_v<T, std::optional<int>>) {
    return value ? J(*value) : J();
  } else if constexpr (std::is_same_v<T, double>) {
    assert(std::isfinite(value));
    return std::isfinite(value) ? J(value) : J();
  } else {
    return J(value);
  }
}

// Reading.

/// The place of a value in the document; turned into text only for an error.
struct Path {
  const Path* parent;
  std::string_view key;
  std::size_t index;

  std::string text() const {
    if (parent == nullptr) return "";
    return fmt::format("{}/{}", parent->text(), key.empty() ? std::to_string(index) : std::string(key));
  }
};

struct Reading {
  const std::string& place;

  [[noreturn]] void fail(const Path& path, const Json* found, const char* expected) const {
    const std::string text = path.text();
    throw core::InputError(
        fmt::format("{}: {}: found {}, expected {}", place, text.empty() ? "/" : text, describe(found), expected));
  }

  static std::string describe(const Json* json) {
    if (json == nullptr) return "nothing";
    switch (json->type()) {
      case Json::value_t::null:
        return "null";
      case Json::value_t::object:
        return "an object";
      case Json::value_t::array:
        return "an array";
      case Json::value_t::boolean:
        return json->get<bool>() ? "true" : "false";
      case Json::value_t::string:
        return fmt::format("text '{:.40}'", json->get_ref<const std::string&>());
      default:
        return json->dump();
    }
  }

  void read(const Path& path, const Json* json, bool& value) const {
    if (json == nullptr || !json->is_boolean()) fail(path, json, "true or false");
    value = json->get<bool>();
  }
  void read(const Path& path, const Json* json, double& value) const {
    if (json == nullptr || !json->is_number()) fail(path, json, "a number");
    value = json->get<double>();
  }
  void read(const Path& path, const Json* json, Real& value) const {
    value.reset();
    if (json == nullptr || json->is_null()) return;
    if (!json->is_number()) fail(path, json, "a number or null");
    value = json->get<double>();
  }
  void read(const Path& path, const Json* json, std::optional<int>& value) const {
    value.reset();
    if (json == nullptr || json->is_null()) return;
    if (!json->is_number_integer()) fail(path, json, "a whole number or null");
    read(path, json, value.emplace());
  }
  void read(const Path& path, const Json* json, std::string& value) const {
    if (json == nullptr || !json->is_string()) fail(path, json, "text");
    value = json->get_ref<const std::string&>();
  }
  template <Words T>
  void read(const Path& path, const Json* json, T& value) const {
    std::string text;
    read(path, json, text);
    const std::optional<T> found = from_text<T>(text);
    if (!found) fail(path, json, fmt::format("one of {}", list_of_words(T())).c_str());
    value = *found;
  }
  template <std::integral T>
  void read(const Path& path, const Json* json, T& value) const {
    if (json == nullptr || !json->is_number_integer()) fail(path, json, "a whole number");
    const bool fits = json->is_number_unsigned() ? std::in_range<T>(json->get<std::uint64_t>())
                                                 : std::in_range<T>(json->get<std::int64_t>());
    if (!fits)
      fail(path, json,
           std::is_unsigned_v<T> ? "a whole number from 0 to 2^64 - 1"
           : sizeof(T) == 4      ? "a whole number below 2^31"
                                 : "a whole number below 2^63");
    value = json->get<T>();
  }
  template <class T>
  void read(const Path& path, const Json* json, std::vector<T>& values) const {
    if (json == nullptr || !json->is_array()) fail(path, json, "an array");
    values.assign(json->size(), T());
    for (std::size_t i = 0; i < values.size(); ++i) read({&path, "", i}, &(*json)[i], values[i]);
  }
  void read(const Path& path, const Json* json, std::map<std::string, std::string>& values) const {
    if (json == nullptr || !json->is_object()) fail(path, json, "an object of texts");
    values.clear();
    for (const auto& [key, value] : json->items()) read({&path, key, 0}, &value, values[key]);
  }
  template <Record T>
  void read(const Path& path, const Json* json, std::optional<T>& value) const {
    value.reset();
    if (json == nullptr || json->is_null()) return;
    if (!json->is_object()) fail(path, json, "an object or null");
    read(path, json, value.emplace());
  }
  template <Record T>
  void read(const Path& path, const Json* json, T& record) const {
    if (json == nullptr || !json->is_object()) fail(path, json, "an object");
    visit_fields(record, [&](const char* name, auto& field) {
      const auto found = json->find(name);
      read({&path, name, 0}, found == json->end() ? nullptr : &*found, field);
    });
  }
};

/// "[json.exception.parse_error.101] parse error at line 1, column 3: …" without its number; likewise of a number that
/// is too large ("number overflow parsing '1e999'").
std::string parse_error(const Json::exception& error) {
  std::string text = error.what();
  const std::size_t end = text.find("] ");
  if (end != std::string::npos) text.erase(0, end + 2);
  if (text.size() > 240) text = text.substr(0, 237) + "...";
  return text;
}

constexpr Path kRoot{nullptr, "", 0};

}  // namespace

template <class T>
Json to_json(const T& record) {
  return write<Json>(record);
}

template <class T>
T from_json(const Json& json, const std::string& place) {
  T record{};
  Reading{place}.read(kRoot, &json, record);
  return record;
}

#define DESCENT_JSON(r, data, T)      \
  template Json to_json<T>(const T&); \
  template T from_json<T>(const Json&, const std::string&);
BOOST_PP_SEQ_FOR_EACH(DESCENT_JSON, _,
                      BOOST_PP_VARIADIC_TO_SEQ(Context, Roof, Invocation, Sentinel, Check, DatasetRecord, SolverPoint,
                                               Workload, Target, Series, Tuning, Curve, KeptWeights, Trajectory, Cell,
                                               Timing, Moment, FloorRun, Curvature, LossShape, LandscapeGrid,
                                               Demonstration, Escape, EscapeLaw, Spent, Convergence, Noise, CurveNoise,
                                               Returns, Doubling, BatchNoise, TimeToTarget, Throughput, Scaling,
                                               Summary, LossAtAccuracy, BenchmarkRow))
#undef DESCENT_JSON

Report read_report(std::istream& in, const std::string& place) {
  Json json;
  try {
    json = Json::parse(in);
  } catch (const Json::exception& error) {
    throw core::InputError(
        fmt::format("{}: found no JSON: {}; expected a report of descent run", place, parse_error(error)));
  }
  const Reading reading{place};
  const auto member = [&](const char* name) -> const Json* {
    const auto found = json.find(name);
    return found == json.end() ? nullptr : &*found;
  };
  if (!json.is_object()) reading.fail(kRoot, &json, "an object, a report of descent run");
  const Path schema{&kRoot, "schema", 0}, version{&kRoot, "schema_version", 0}, status{&kRoot, "status", 0};
  if (const Json* const found = member("schema"); found == nullptr || *found != kReportSchema)
    reading.fail(schema, found, "'descentbench-report'");
  if (const Json* const found = member("schema_version"); found == nullptr || *found != kReportSchemaVersion)
    reading.fail(version, found, std::to_string(kReportSchemaVersion).c_str());
  Report report;
  reading.read(status, member("status"), report.status);
  reading.read(kRoot, &json, report);
  return report;
}

/// One record per line, so that large reports, and the differences between two reports, stay readable.
void write_report(std::ostream& out, const Report& report) {
  const auto text = [](const OrderedJson& json) {  // texts of a user's file need not be UTF-8
    return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
  };
  out << "{\n  \"schema\": " << text(kReportSchema) << ",\n  \"schema_version\": " << kReportSchemaVersion
      << ",\n  \"status\": " << text(to_text(report.status));
  const auto line = [&](const char* name, const std::string& value) { out << ",\n  \"" << name << "\": " << value; };
  visit_fields(report, [&]<class T>(const char* name, const T& field) {
    if constexpr (std::is_same_v<T, Context>) {
      line(name, "{");
      const char* comma = "";
      visit_fields(field, [&](const char* key, const auto& value) {
        out << comma << "\n    \"" << key << "\": " << text(write<OrderedJson>(value));
        comma = ",";
      });
      out << "\n  }";
    } else {
      line(name, "[");
      const char* comma = "";
      for (const auto& record : field) {
        out << comma << "\n    " << text(write<OrderedJson>(record));
        comma = ",";
      }
      out << (field.empty() ? "]" : "\n  ]");
    }
  });
  out << "\n}\n";
}

}  // namespace descent::record
