#pragma once

#include <optional>
#include <string>
#include <vector>

namespace descent::machine {

/// First line of a file, without white space at its ends; nothing when it cannot be read.
std::optional<std::string> first_line(const std::string& path);
std::vector<std::string> all_lines(const std::string& path);
/// The text behind the first "key : " line of a file such as /proc/cpuinfo.
std::optional<std::string> field_of(const std::string& path, const std::string& key);

}  // namespace descent::machine
