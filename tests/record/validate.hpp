#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace descent::record {

/// Validates a document by a JSON Schema: "" if it is valid, otherwise the first error with its place. (It is in a
/// source file of its own, since valijson takes long to compile.)
std::string schema_error(const nlohmann::json& schema, const nlohmann::json& document);

}  // namespace descent::record
