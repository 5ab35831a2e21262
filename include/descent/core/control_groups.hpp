#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace descent::core {

/// The folders of this process's control group for a controller ("memory", "cpu") and of all groups above it, its own
/// first, in version 2 and in version 1; each ends in '/'. Some of these folders may not exist: in a container the
/// names of outer groups lead nowhere, while the root is the container's own group.
/// root        where the hierarchies are mounted
/// own_groups  the file that lists the groups of this process: "0::/a/b" names that of version 2, "4:cpu,cpuacct:/a/b"
///             one of version 1, whose controllers are mounted one by one
std::vector<std::string> control_group_folders(const std::string& controller,
                                               const std::string& root = "/sys/fs/cgroup",
                                               const std::string& own_groups = "/proc/self/cgroup");

/// The smallest memory limit of these groups, in bytes; empty if none has a limit.
std::optional<std::int64_t> memory_limit(const std::string& root = "/sys/fs/cgroup",
                                         const std::string& own_groups = "/proc/self/cgroup");
/// The smallest amount of memory, in bytes, that any of these groups has left below its limit; empty if none has a
/// limit. File caches do not count as used memory.
std::optional<std::int64_t> memory_left_by_groups(const std::string& root = "/sys/fs/cgroup",
                                                  const std::string& own_groups = "/proc/self/cgroup");

}  // namespace descent::core
