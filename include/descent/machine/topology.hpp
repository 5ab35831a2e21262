#pragma once

#include <string>
#include <utility>
#include <vector>

#include "descent/machine/team.hpp"

namespace descent::machine {

/// A logical CPU that the process may use.
struct Cpu {
  int os_index = 0;           ///< as the system numbers it
  int package = 0, core = 0;  ///< logical indices over the machine
  int sibling = 0;            ///< 0 for the first logical CPU of its core that may be used, 1 for the next, …
  int numa_node = 0;
  int l3 = 0;  ///< logical index of its L3 cache; of its package where hwloc knows no L3
  bool operator==(const Cpu&) const = default;
};

/// The CPUs that this process may use (its cpuset and affinity), in hwloc's order.
std::vector<Cpu> usable_cpus();
/// The same for a synthetic hwloc topology ("pack:2 core:32 pu:2"), restricted to the logical CPUs in `cpuset` when not
/// empty.
std::vector<Cpu> synthetic_cpus(const std::string& description, const std::vector<int>& cpuset = {});

/// CPUs for `threads` workers, in worker order: distinct cores first, siblings of a core last; compact fills one
/// package before the next, spread takes the packages in turn. If there are more threads than CPUs, the CPUs are used
/// again from the first on. `cpus` must not be empty.
std::vector<int> place_workers(const std::vector<Cpu>& cpus, int threads, Placement placement);

/// How equal shares, one per worker in worker order, lie over NUMA nodes: a list of (node, number of consecutive
/// shares), where the numbers are divided by their common factor. Teams of different sizes that divide data over the
/// nodes in the same way have equal lists.
std::vector<std::pair<int, int>> nodes_of_shares(const std::vector<int>& workers, const std::vector<Cpu>& cpus);

/// Are two different CPUs in `workers` siblings of one core? Entries of -1 (no worker) are ignored.
bool on_one_core(const std::vector<int>& workers, const std::vector<Cpu>& cpus);

/// Bytes of the first data cache of a level (1, 2, 3) that hwloc reports; 0 where it knows none.
std::size_t cache_bytes(int level);

}  // namespace descent::machine
