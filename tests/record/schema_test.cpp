#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "record/sample.hpp"
#include "record/validate.hpp"

namespace descent::record {
namespace {

using Json = nlohmann::json;
using Names = std::vector<std::string>;

const Json& schema() {
  static const Json json = [] {
    std::ifstream file(DESCENT_SOURCE_DIR "/results/report.schema.json");
    return Json::parse(file);
  }();
  return json;
}

Json document(const Report& report) {
  std::ostringstream out;
  write_report(out, report);
  return Json::parse(out.str());
}

const Json& resolved(const Json& type) {
  if (!type.contains("$ref")) return type;
  return schema().at(Json::json_pointer(type.at("$ref").get<std::string>().substr(1)));
}

template <Words E>
Names names_of(E /*any*/) {
  const std::vector<std::string_view> words = words_of<E>();
  return {words.begin(), words.end()};
}

// Compares the columns of a struct with the schema: what the schema has to say about each C++ type.

template <class T>
void expect_type(const std::string& place, const Json& type);

template <class T>
struct Element {};
template <class T>
struct Element<std::vector<T>> {
  using type = T;
};

template <class T>
struct Optional {};
template <Record T>
struct Optional<std::optional<T>> {
  using type = T;
};

template <Record T>
void expect_columns(const std::string& place, const Json& object, Names extra = {}) {
  T record{};
  Names names = std::move(extra);
  const Json& properties = object.at("properties");
  visit_fields(record, [&]<class F>(const char* name, F&) {
    names.push_back(name);
    ASSERT_TRUE(properties.contains(name)) << place << " has no '" << name << "': add it to results/report.schema.json";
    expect_type<F>(place + "/" + name, properties.at(name));
  });
  Names known;
  for (const auto& [name, type] : properties.items()) known.push_back(name);
  EXPECT_THAT(known, testing::UnorderedElementsAreArray(names)) << place;
  EXPECT_THAT(object.at("required").get<Names>(), testing::UnorderedElementsAreArray(names)) << place;
  EXPECT_EQ(object.at("additionalProperties"), false) << place;
}

template <class T>
void expect_type(const std::string& place, const Json& type) {
  if constexpr (Record<T>) {
    expect_columns<T>(place, resolved(type));
  } else if constexpr (requires { typename Optional<T>::type; }) {
    ASSERT_EQ(type.at("anyOf").size(), 2U) << place;
    expect_type<typename Optional<T>::type>(place, type.at("anyOf").at(0));
    EXPECT_EQ(type.at("anyOf").at(1), Json({{"type", "null"}})) << place;
  } else if constexpr (std::is_same_v<T, Real>) {
    EXPECT_EQ(type.at("type"), Json({"number", "null"})) << place;
  } else if constexpr (Words<T>) {
    EXPECT_EQ(type.at("type"), "string") << place;
    EXPECT_EQ(type.value("enum", Names()), names_of(T())) << place;
  } else if constexpr (std::is_same_v<T, std::optional<int>>) {
    EXPECT_EQ(type.at("type"), Json({"integer", "null"})) << place;
  } else if constexpr (std::is_same_v<T, bool>) {
    EXPECT_EQ(type.at("type"), "boolean") << place;
  } else if constexpr (std::is_integral_v<T>) {
    EXPECT_EQ(type.at("type"), "integer") << place;
  } else if constexpr (std::is_same_v<T, double>) {
    EXPECT_EQ(type.at("type"), "number") << place;
  } else if constexpr (std::is_same_v<T, std::string>) {
    EXPECT_EQ(type.at("type"), "string") << place;
  } else if constexpr (std::is_same_v<T, std::map<std::string, std::string>>) {
    EXPECT_EQ(type.at("type"), "object") << place;
    EXPECT_EQ(type.at("additionalProperties"), Json({{"type", "string"}})) << place;
  } else {
    EXPECT_EQ(type.at("type"), "array") << place;
    expect_type<typename Element<T>::type>(place + "/*", type.at("items"));
  }
}

TEST(Schema, HasTheColumnsOfTheStructsAndNoOthers) {
  expect_columns<Report>("", schema(), {"schema", "schema_version", "status"});
}

TEST(Schema, HasTheWordsOfTheReportsStatus) {
  EXPECT_EQ(schema().at("properties").at("status").at("enum").get<Names>(), names_of(ReportStatus()));
}

TEST(Schema, WrittenReportsAreValid) {
  EXPECT_EQ(schema_error(schema(), document(sample_report())), "");
  EXPECT_EQ(schema_error(schema(), document(sample_report(true))), "");
  EXPECT_EQ(schema_error(schema(), document(Report{})), "");
}

TEST(Schema, BrokenReportsAreInvalid) {
  const Json good = document(sample_report());
  const auto expect_broken = [&](const char* pointer, const Json& value) {
    Json broken = good;
    broken[Json::json_pointer(pointer)] = value;
    EXPECT_NE(schema_error(schema(), broken), "") << pointer;
  };
  expect_broken("/status", "done");
  expect_broken("/schema", "other");
  expect_broken("/schema_version", 1);
  expect_broken("/cells/0/threads", "two");
  expect_broken("/cells/0/threads", 1.5);
  expect_broken("/timings/0/unknown", 1);
  expect_broken("/timings/0/cpus/0", "cpu");
  expect_broken("/timings/0/counters", "many");
  expect_broken("/timings/0/counters/cycles/0", "many");
  expect_broken("/timings/0/counters/status", "some");
  expect_broken("/series/0/sampling", "sorted");
  expect_broken("/time_to_target/0/status", "reached");
  expect_broken("/workloads/0/f0", nullptr);
  expect_broken("/trajectories/1/curve/loss/0", "low");
  expect_broken("/context/machine/model", 3);
  for (const auto& [key, value] : good.items()) {
    Json broken = good;
    broken.erase(key);
    EXPECT_NE(schema_error(schema(), broken), "") << key;
  }
}

TEST(Schema, MarksWhatMustBeEqualAtAnyThreadCount) {
  const auto marked = [](const char* record, const char* column) {
    return schema().at("definitions").at(record).at("properties").at(column).value("x-deterministic", false);
  };
  EXPECT_TRUE(marked("trajectory", "weights_hash"));
  EXPECT_TRUE(marked("series", "chosen_lr"));
  EXPECT_TRUE(marked("workload", "optimum_value"));
  EXPECT_TRUE(marked("moment", "trace_covariance"));
  EXPECT_TRUE(marked("curve", "loss"));
  EXPECT_FALSE(marked("trajectory", "train_seconds"));
  EXPECT_FALSE(marked("solver_point", "seconds"));
  for (const char* record : {"context", "roof", "cell", "timing", "invocation", "sentinel", "spent"})
    for (const auto& [name, column] : schema().at("definitions").at(record).at("properties").items())
      EXPECT_FALSE(column.contains("x-deterministic")) << record << "/" << name;
}

}  // namespace
}  // namespace descent::record
