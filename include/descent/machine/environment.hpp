#pragma once

#include <optional>
#include <string>
#include <vector>

#include "descent/record/tables.hpp"

namespace descent::machine {

/// What hwloc and the system's files say about this machine and build, and the versions of the libraries that `machine`
/// uses. Never throws: what cannot be read is absent. The sweep adds command, configuration, BLAS and other libraries.
record::Context describe_environment();

/// The CPU time that the control groups of this process allow, in CPUs; empty if they do not limit it. `root`: where
/// groups are mounted; `own_groups`: the file that names the groups of this process.
std::optional<double> cpu_quota(const std::string& root = "/sys/fs/cgroup",
                                const std::string& own_groups = "/proc/self/cgroup");

/// The system's identifier of this boot of the machine; "" if it has none.
std::string boot_id();

/// Load, steal time, involuntary switches and frequency now; the difference of two makes an Invocation record.
struct SystemCounters {
  double load = 0, steal_seconds = 0;
  std::int64_t involuntary_switches = 0;
  std::optional<double> mhz;
};
SystemCounters read_system_counters();

}  // namespace descent::machine
