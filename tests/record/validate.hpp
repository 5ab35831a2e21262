#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace descent::record {

/// Holds a document against a JSON Schema: "" when it is valid, else the first error with its place. (valijson takes
/// long to compile: it has a translation unit of its own.)
std::string schema_error(const nlohmann::json& schema, const nlohmann::json& document);

}  // namespace descent::record
