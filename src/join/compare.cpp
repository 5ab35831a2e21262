#include "join/compare.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "descent/core/text.hpp"
#include "descent/join/merge.hpp"
#include "descent/record/json.hpp"

namespace descent::join {
namespace {

constexpr auto kReplace = Json::error_handler_t::replace;  // texts of a user's file need not be UTF-8

std::string value_of(const std::map<std::string, std::string>& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? "nothing" : found->second;
}

std::string text_at(const Json& json, const Json::json_pointer& place) {
  if (!json.contains(place)) return "nothing";
  const Json& value = json.at(place);
  std::string text = value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, kReplace);
  constexpr std::size_t kMost = 80;  // a whole curve would be too long for a message
  return text.size() > kMost ? text.substr(0, kMost) + "…" : text;
}

/// Options that may differ between the parts of one sweep: which part, where to write, and for how long; data are
/// compared by hash.
const std::set<std::string> kOwnOptions{"shard", "shard-what", "out", "budget", "resume", "quiet", "data"};

}  // namespace

void expect_equal(const std::string& what, const std::string& found, const std::string& expected) {
  if (found != expected)
    throw MergeConflict(
        fmt::format("cannot merge: {}: found {}, expected {} as in an earlier report", what, found, expected));
}

std::optional<Place> first_difference(const Json& found, const Json& expected) {
  if (found == expected) return {};
  const Json::json_pointer place(Json::diff(expected, found).at(0).at("path").get<std::string>());
  const std::string path = place.to_string();
  return Place{path.empty() ? path : path.substr(1), text_at(found, place), text_at(expected, place)};
}

void expect_equal(const std::string& what, const Json& found, const Json& expected) {
  const std::optional<Place> place = first_difference(found, expected);
  if (!place) return;
  expect_equal(what + ": " + place->path, place->found, place->expected);
  throw MergeConflict(fmt::format("cannot merge: {}: {}: differs from an earlier report", what, place->path));
}

Json without_seconds(const record::DatasetRecord& record) {
  Json json = record::to_json(record);
  json.erase("uri");
  return json;
}
Json without_seconds(record::Workload record) {
  for (record::SolverPoint& point : record.optimum_passage) point.seconds = 0;
  return record::to_json(record);
}
Json without_seconds(record::Trajectory record) {
  record.train_seconds = record.evaluate_seconds = 0;
  return record::to_json(record);
}
Json without_seconds(record::Tuning record) {
  record.seconds = 0;
  return record::to_json(record);
}
Json without_seconds(const record::Moment& record) { return record::to_json(record); }
Json without_seconds(const record::Curvature& record) { return record::to_json(record); }
Json without_seconds(const record::LandscapeGrid& record) { return record::to_json(record); }
Json without_seconds(const record::Demonstration& record) { return record::to_json(record); }
Json without_seconds(const record::Series& record) { return record::to_json(record); }
Json without_seconds(const record::Cell& record) { return record::to_json(record); }

std::string sorted_list(const std::string& text) {
  std::vector<std::string> parts = core::split_outside_brackets(text, ',');
  std::sort(parts.begin(), parts.end());
  return fmt::format("{}", fmt::join(parts, ","));
}

void compare_configurations(const record::Report& found, const record::Report& expected) {
  std::set<std::string> names;
  for (const record::Report* report : {&found, &expected})
    for (const auto& [name, value] : report->context.configuration)
      if (!kOwnOptions.contains(name)) names.insert(name);
  for (const std::string& name : names)
    expect_equal("option " + name, sorted_list(value_of(found.context.configuration, name)),
                 sorted_list(value_of(expected.context.configuration, name)));
}

void compare_machines(const record::Context& found, const record::Context& expected) {
  const auto compare = [](const std::string& what, const std::map<std::string, std::string>& a,
                          const std::map<std::string, std::string>& b, const std::vector<std::string>& names) {
    for (const std::string& name : names) expect_equal(what + name, value_of(a, name), value_of(b, name));
  };
  const auto all_names = [](const std::map<std::string, std::string>& a, const std::map<std::string, std::string>& b) {
    std::vector<std::string> names;
    for (const auto* values : {&a, &b})
      for (const auto& [name, value] : *values) names.push_back(name);
    return names;
  };
  expect_equal("machine of the timings: host", found.host_name, expected.host_name);
  expect_equal("machine of the timings: num_cpus", std::to_string(found.num_cpus), std::to_string(expected.num_cpus));
  compare("machine of the timings: ", found.machine, expected.machine,
          {"model", "machine_id_hash", "boot_id", "cores", "logical_cpus", "cpuset", "quota", "governor", "turbo"});
  compare("build of the timings: ", found.build, expected.build, all_names(found.build, expected.build));
  compare("libraries of the timings: ", found.libraries, expected.libraries,
          all_names(found.libraries, expected.libraries));
}

}  // namespace descent::join
