#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "descent/record/report.hpp"

namespace descent::record {

// Single records as JSON, for the journal and for processes that exchange records. T is any record of tables.hpp or
// derived.hpp.

/// The record as an object whose keys are the field names. Absent optionals, and optionals that are not finite, are
/// null.
template <class T>
nlohmann::json to_json(const T& record);

/// Reads back what to_json wrote. An optional may be absent or null; keys that the record does not have are ignored, so
/// that newer reports stay readable. Throws InputError: "PLACE: /threads: found a text, expected a whole number".
template <class T>
T from_json(const nlohmann::json& json, const std::string& place);

}  // namespace descent::record
