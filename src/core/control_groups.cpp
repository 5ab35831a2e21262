#include "descent/core/control_groups.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <string_view>

#include "descent/core/text.hpp"

namespace descent::core {
namespace {

std::optional<std::int64_t> number_in(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return parse_integer(trim(line));  // "max" means no limit
}

/// Bytes of file cache, in a group and all groups below it, that the kernel would give back at once. Version 1 calls
/// these counts "total_…", since its other counts cover the group alone; those of version 2 cover all groups below.
std::int64_t file_cache_bytes(const std::string& path) {
  std::ifstream file(path);
  std::string key;
  std::int64_t bytes = 0, own = 0, total = 0;
  while (file >> key >> bytes) {
    if (key == "active_file" || key == "inactive_file") own += bytes;
    if (key == "total_active_file" || key == "total_inactive_file") total += bytes;
  }
  return std::max(own, total);
}

/// The limit of the group in `folder`, and the file that holds how much of it is used. Above memory.high the kernel
/// slows a process down until it hardly goes on, so that this counts as a limit, too.
struct Limit {
  std::int64_t bytes;
  std::string used;
};
std::optional<Limit> limit_of(const std::string& folder) {
  constexpr std::int64_t no_limit = std::int64_t{1} << 60;  // version 1 writes a number near 2^63
  std::optional<Limit> least;
  for (const auto& [limit, used] : {std::pair("memory.max", "memory.current"),
                                    {"memory.high", "memory.current"},
                                    {"memory.limit_in_bytes", "memory.usage_in_bytes"}})
    if (const auto bytes = number_in(folder + limit); bytes && *bytes > 0 && *bytes < no_limit)
      if (!least || *bytes < least->bytes) least = {*bytes, folder + used};
  return least;
}

}  // namespace

std::vector<std::string> control_group_folders(const std::string& controller, const std::string& root,
                                               const std::string& own_groups) {
  std::string two, one;
  std::ifstream file(own_groups);
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string_view> words = split(line, ':');
    if (words.size() < 3) continue;
    const std::string path(trim(std::string_view(line).substr(words[0].size() + words[1].size() + 2)));
    const auto names = split(words[1], ',');
    if (words[0] == "0" && words[1].empty()) two = path;
    if (std::find(names.begin(), names.end(), controller) != names.end()) one = path;
  }
  std::vector<std::string> folders;
  const auto climb = [&](const std::string& mount, std::string group) {
    if (group == "/") group.clear();
    for (;;) {
      folders.push_back(mount + group + "/");
      const std::size_t slash = group.rfind('/');
      if (slash == std::string::npos) return;
      group.resize(slash);
    }
  };
  climb(root, two);
  climb(root + "/" + controller, one);
  return folders;
}

std::optional<std::int64_t> memory_limit(const std::string& root, const std::string& own_groups) {
  std::optional<std::int64_t> least;
  for (const std::string& folder : control_group_folders("memory", root, own_groups))
    if (const auto limit = limit_of(folder)) least = std::min(limit->bytes, least.value_or(limit->bytes));
  return least;
}

std::optional<std::int64_t> memory_left_by_groups(const std::string& root, const std::string& own_groups) {
  std::optional<std::int64_t> least;
  for (const std::string& folder : control_group_folders("memory", root, own_groups)) {
    const auto limit = limit_of(folder);
    const auto used = limit ? number_in(limit->used) : std::nullopt;
    if (!used) continue;
    const std::int64_t held = std::max<std::int64_t>(0, *used - file_cache_bytes(folder + "memory.stat"));
    const std::int64_t left = std::max<std::int64_t>(0, limit->bytes - held);
    least = std::min(left, least.value_or(left));
  }
  return least;
}

}  // namespace descent::core
