#include "machine/system_files.hpp"

#include <fstream>

#include "descent/core/text.hpp"

namespace descent::machine {

std::vector<std::string> all_lines(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::optional<std::string> first_line(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  if (!std::getline(in, line)) return {};
  return std::string(core::trim(line));
}

std::optional<std::string> field_of(const std::string& path, const std::string& key) {
  for (const std::string& line : all_lines(path)) {
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos && core::trim(std::string_view(line).substr(0, colon)) == key)
      return std::string(core::trim(std::string_view(line).substr(colon + 1)));
  }
  return {};
}

}  // namespace descent::machine
