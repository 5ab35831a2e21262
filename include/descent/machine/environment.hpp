#pragma once

#include <optional>
#include <string>
#include <vector>

#include "descent/record/tables.hpp"

namespace descent::machine {

/// What hwloc and the system's files tell of this machine and build; library versions that `machine` itself uses. Never
/// throws: what cannot be read is absent. Used for Context; the sweep adds command, configuration, BLAS and other
/// libraries.
record::Context describe_environment();

/// CPUs' worth of time that the control groups of this process allow; nothing where they do not limit it. `root`: where
/// groups are mounted; `own_groups`: the file that names this process's.
std::optional<double> cpu_quota(const std::string& root = "/sys/fs/cgroup",
                                const std::string& own_groups = "/proc/self/cgroup");

/// What the system calls this boot of the machine; "" where it does not tell.
std::string boot_id();

/// Load, steal time, involuntary switches and frequency now; the difference of two makes an Invocation record.
struct SystemCounters {
  double load = 0, steal_seconds = 0;
  std::int64_t involuntary_switches = 0;
  std::optional<double> mhz;
};
SystemCounters read_system_counters();

}  // namespace descent::machine
