#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "descent/record/report.hpp"

namespace descent::join {

using Json = nlohmann::json;

/// Where two records first differ, and what each has there, at most 80 bytes each.
struct Place {
  std::string path, found, expected;
};
std::optional<Place> first_difference(const Json& found, const Json& expected);

// All of these throw MergeConflict, which names the place, what was found and what an earlier report has there.

/// Compares all columns of two records of the same thing; the error names the path of the first that differs.
void expect_equal(const std::string& what, const Json& found, const Json& expected);
void expect_equal(const std::string& what, const std::string& found, const std::string& expected);
/// Compares the configurations, except for options that may differ between the parts of one sweep.
void compare_configurations(const record::Report& found, const record::Report& expected);
/// Compares machine, boot and build, which must be the same for timings in one report.
void compare_machines(const record::Context& found, const record::Context& expected);

// A record without the seconds that it took and without the path of its file.
Json without_seconds(const record::DatasetRecord& record);
Json without_seconds(record::Workload record);
Json without_seconds(record::Trajectory record);
Json without_seconds(record::Tuning record);
Json without_seconds(const record::Moment& record);
Json without_seconds(const record::Curvature& record);
Json without_seconds(const record::LandscapeGrid& record);
Json without_seconds(const record::Demonstration& record);
Json without_seconds(const record::Series& record);
Json without_seconds(const record::Cell& record);

}  // namespace descent::join
