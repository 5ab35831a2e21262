#include "descent/machine/topology.hpp"

#include <hwloc.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "descent/core/error.hpp"

namespace descent::machine {
namespace {

class Topology {
 public:
  explicit Topology(const char* synthetic) {
    hwloc_topology_init(&topology_);
    if (synthetic != nullptr && hwloc_topology_set_synthetic(topology_, synthetic) != 0) {
      hwloc_topology_destroy(topology_);
      throw core::UsageError(std::string("topology '") + synthetic + "': hwloc cannot read it");
    }
    hwloc_topology_load(topology_);
  }
  Topology(const Topology&) = delete;
  Topology& operator=(const Topology&) = delete;
  ~Topology() { hwloc_topology_destroy(topology_); }
  hwloc_topology_t get() const { return topology_; }

 private:
  hwloc_topology_t topology_ = nullptr;
};

int ancestor_index(hwloc_topology_t topology, hwloc_obj_type_t type, hwloc_obj_t object, int otherwise = 0) {
  const hwloc_obj_t above = hwloc_get_ancestor_obj_by_type(topology, type, object);
  return above != nullptr ? static_cast<int>(above->logical_index) : otherwise;
}

std::vector<Cpu> list_cpus(hwloc_topology_t topology, const hwloc_bitmap_s* allowed) {
  std::vector<Cpu> cpus;
  std::map<int, int> used_of_core;
  for (hwloc_obj_t pu = nullptr; (pu = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PU, pu)) != nullptr;) {
    if (allowed != nullptr && !hwloc_bitmap_isset(allowed, pu->os_index)) continue;
    Cpu cpu;
    cpu.os_index = static_cast<int>(pu->os_index);
    cpu.package = ancestor_index(topology, HWLOC_OBJ_PACKAGE, pu);
    cpu.core = ancestor_index(topology, HWLOC_OBJ_CORE, pu);
    cpu.sibling = used_of_core[cpu.core]++;
    const int node = pu->nodeset != nullptr ? hwloc_bitmap_first(pu->nodeset) : 0;
    cpu.numa_node = std::max(0, node);
    cpu.l3 = ancestor_index(topology, HWLOC_OBJ_L3CACHE, pu, cpu.package);
    cpus.push_back(cpu);
  }
  return cpus;
}

}  // namespace

std::vector<Cpu> usable_cpus() {
  const Topology topology(nullptr);
  const hwloc_bitmap_t allowed = hwloc_bitmap_alloc();
  const bool known =
      hwloc_get_cpubind(topology.get(), allowed, HWLOC_CPUBIND_THREAD) == 0 && !hwloc_bitmap_iszero(allowed);
  std::vector<Cpu> cpus = list_cpus(topology.get(), known ? allowed : nullptr);
  hwloc_bitmap_free(allowed);
  if (cpus.empty()) cpus.push_back({});
  return cpus;
}

std::vector<Cpu> synthetic_cpus(const std::string& description, const std::vector<int>& cpuset) {
  const Topology topology(description.c_str());
  const hwloc_bitmap_t allowed = hwloc_bitmap_alloc();
  for (const int cpu : cpuset) hwloc_bitmap_set(allowed, static_cast<unsigned>(cpu));
  std::vector<Cpu> cpus = list_cpus(topology.get(), cpuset.empty() ? nullptr : allowed);
  hwloc_bitmap_free(allowed);
  return cpus;
}

std::vector<std::pair<int, int>> nodes_of_shares(const std::vector<int>& workers, const std::vector<Cpu>& cpus) {
  std::vector<std::pair<int, int>> runs;
  for (const int worker : workers) {
    const auto cpu = std::find_if(cpus.begin(), cpus.end(), [&](const Cpu& c) { return c.os_index == worker; });
    const int node = cpu != cpus.end() ? cpu->numa_node : 0;
    if (runs.empty() || runs.back().first != node) runs.emplace_back(node, 0);
    ++runs.back().second;
  }
  int factor = 0;
  for (const auto& [node, length] : runs) factor = std::gcd(factor, length);
  for (auto& [node, length] : runs) length /= factor;
  return runs;
}

bool on_one_core(const std::vector<int>& workers, const std::vector<Cpu>& cpus) {
  std::set<std::pair<int, int>> cores;
  std::set<int> seen;
  for (const int worker : workers)
    for (const Cpu& cpu : cpus)
      if (cpu.os_index == worker && seen.insert(worker).second && !cores.emplace(cpu.package, cpu.core).second)
        return true;
  return false;
}

std::size_t cache_bytes(int level) {
  static const Topology topology(nullptr);
  const hwloc_obj_type_t type = level == 1 ? HWLOC_OBJ_L1CACHE : level == 2 ? HWLOC_OBJ_L2CACHE : HWLOC_OBJ_L3CACHE;
  const hwloc_obj_t cache = hwloc_get_obj_by_type(topology.get(), type, 0);
  return cache != nullptr ? static_cast<std::size_t>(cache->attr->cache.size) : 0;
}

std::vector<int> place_workers(const std::vector<Cpu>& cpus, int threads, Placement placement) {
  std::vector<Cpu> order = cpus;
  if (placement == Placement::compact) {
    std::stable_sort(order.begin(), order.end(), [](const Cpu& a, const Cpu& b) {
      return std::tie(a.sibling, a.package, a.core) < std::tie(b.sibling, b.package, b.core);
    });
  } else {
    // The rank of a CPU within its package and sibling level. CPUs of equal rank in all packages come before the next
    // rank.
    std::map<std::pair<int, int>, int> ranks;
    std::vector<std::tuple<int, int, int, Cpu>> keyed;
    for (const Cpu& cpu : cpus) keyed.emplace_back(cpu.sibling, ranks[{cpu.package, cpu.sibling}]++, cpu.package, cpu);
    std::stable_sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) {
      return std::tie(std::get<0>(a), std::get<1>(a), std::get<2>(a)) <
             std::tie(std::get<0>(b), std::get<1>(b), std::get<2>(b));
    });
    std::transform(keyed.begin(), keyed.end(), order.begin(), [](const auto& key) { return std::get<3>(key); });
  }
  std::vector<int> result;
  for (int worker = 0; worker < threads; ++worker)
    result.push_back(order[static_cast<std::size_t>(worker) % order.size()].os_index);
  return result;
}

}  // namespace descent::machine
