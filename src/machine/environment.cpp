#include "descent/machine/environment.hpp"

#include <fmt/format.h>
#include <hwloc.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <set>
#include <span>

#include "descent/core/control_groups.hpp"
#include "descent/core/hash.hpp"
#include "descent/core/text.hpp"
#include "descent/machine/topology.hpp"
#include "machine/backend.hpp"
#include "machine/build_info.hpp"
#include "machine/probes.hpp"
#include "machine/system_files.hpp"

namespace descent::machine {
namespace {

const std::string kCpu0 = "/sys/devices/system/cpu/cpu0/cpufreq/";

void put(std::map<std::string, std::string>& into, const std::string& key, const std::optional<std::string>& value) {
  if (value && !value->empty()) into[key] = *value;
}

std::string local_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  char text[40];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S%z", &parts);
  std::string date = text;
  if (date.size() > 5) date.insert(date.size() - 2, ":");  // ISO 8601 wants +02:00
  return date;
}

std::vector<double> load_averages() {
  double load[3] = {};
  const int count = getloadavg(load, 3);
  return {load, load + std::max(0, count)};
}

std::vector<record::Context::Cache> list_caches() {
  std::vector<record::Context::Cache> caches;
  hwloc_topology_t topology;
  if (hwloc_topology_init(&topology) != 0) return caches;
  hwloc_topology_set_icache_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL);
  hwloc_topology_load(topology);
  for (const hwloc_obj_type_t type : {HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L1ICACHE, HWLOC_OBJ_L2CACHE, HWLOC_OBJ_L3CACHE})
    for (hwloc_obj_t cache = nullptr; (cache = hwloc_get_next_obj_by_type(topology, type, cache)) != nullptr;) {
      const char* const name = cache->attr->cache.type == HWLOC_OBJ_CACHE_DATA          ? "Data"
                               : cache->attr->cache.type == HWLOC_OBJ_CACHE_INSTRUCTION ? "Instruction"
                                                                                        : "Unified";
      const record::Context::Cache found{name, static_cast<int>(cache->attr->cache.depth),
                                         static_cast<std::int64_t>(cache->attr->cache.size),
                                         hwloc_bitmap_weight(cache->cpuset), 1};
      const auto equal = std::find_if(caches.begin(), caches.end(), [&](const record::Context::Cache& known) {
        return known.type == found.type && known.level == found.level && known.size == found.size &&
               known.num_sharing == found.num_sharing;
      });
      if (equal == caches.end())
        caches.push_back(found);
      else
        ++equal->instances;
    }
  hwloc_topology_destroy(topology);
  return caches;
}

std::optional<std::string> mitigations() {
  std::string text;
  std::error_code error;
  std::set<std::string> open;
  for (const auto& file : std::filesystem::directory_iterator("/sys/devices/system/cpu/vulnerabilities", error)) {
    const auto line = first_line(file.path());
    if (line && line->rfind("Vulnerable", 0) == 0) open.insert(file.path().filename());
  }
  if (error) return {};
  for (const std::string& name : open) text += fmt::format(" {}", name);
  return open.empty() ? "all mitigated" : fmt::format("not mitigated:{}", text);
}

/// The content of a file in every CPU's frequency folder: once if all agree, else CPU by CPU.
std::optional<std::string> of_all_cpus(const std::vector<Cpu>& cpus, const std::string& file) {
  std::map<std::string, std::string> cpus_by_text;
  for (const Cpu& cpu : cpus)
    if (const auto text = first_line(fmt::format("/sys/devices/system/cpu/cpu{}/cpufreq/{}", cpu.os_index, file)))
      cpus_by_text[*text] += fmt::format("{}{}", cpus_by_text[*text].empty() ? "" : ",", cpu.os_index);
  if (cpus_by_text.empty()) return std::nullopt;
  if (cpus_by_text.size() == 1) return cpus_by_text.begin()->first;
  std::string all;
  for (const auto& [text, list] : cpus_by_text)
    all += fmt::format("{}{} (CPU {})", all.empty() ? "" : ", ", text, list);
  return all;
}

/// "node 0: 8.1 GiB, …" as hwloc sees it.
std::string memory_of_nodes() {
  std::string text;
  hwloc_topology_t topology;
  if (hwloc_topology_init(&topology) != 0) return text;
  hwloc_topology_load(topology);
  for (hwloc_obj_t node = nullptr; (node = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, node)) != nullptr;)
    text += fmt::format("{}node {}: {:.3g} GiB", text.empty() ? "" : ", ", node->os_index,
                        static_cast<double>(node->attr->numanode.local_memory) / (1 << 30));
  hwloc_topology_destroy(topology);
  return text;
}

std::map<std::string, std::string> describe_machine(const std::vector<Cpu>& cpus) {
  std::map<std::string, std::string> machine;
  std::set<int> packages, cores, nodes;
  std::string list;
  for (const Cpu& cpu : cpus) {
    packages.insert(cpu.package), cores.insert(cpu.core), nodes.insert(cpu.numa_node);
    list += fmt::format("{}{}", list.empty() ? "" : ",", cpu.os_index);
  }
  put(machine, "model", field_of("/proc/cpuinfo", "model name"));
  machine["sockets"] = std::to_string(packages.size());
  machine["cores"] = std::to_string(cores.size());
  machine["logical_cpus"] = std::to_string(cpus.size());
  machine["threads_per_core"] = std::to_string((cpus.size() + cores.size() - 1) / cores.size());
  machine["numa_nodes"] = std::to_string(nodes.size());
  machine["cpuset"] = list;
  machine["simd"] = probe_kernels().target;
  put(machine, "memory", field_of("/proc/meminfo", "MemTotal"));
  put(machine, "huge_pages", first_line("/sys/kernel/mm/transparent_hugepage/enabled"));
  put(machine, "huge_pages_reserved", field_of("/proc/meminfo", "HugePages_Total"));
  if (const std::string by_node = memory_of_nodes(); !by_node.empty()) machine["numa_memory"] = by_node;
  const auto limits = [](const char* from, const char* to) -> std::optional<std::string> {
    const auto low = first_line(kCpu0 + from), high = first_line(kCpu0 + to);
    if (!low || !high) return std::nullopt;
    return fmt::format("{} to {}", *low, *high);
  };
  // A virtual machine may hide the governor: then it is "unknown", not absent.
  machine["governor"] = of_all_cpus(cpus, "scaling_governor").value_or("unknown");
  machine["frequency_limits_khz"] = limits("scaling_min_freq", "scaling_max_freq").value_or("unknown");
  machine["frequency_of_hardware_khz"] = limits("cpuinfo_min_freq", "cpuinfo_max_freq").value_or("unknown");
  machine["turbo"] = "unknown";
  if (const auto boost = first_line("/sys/devices/system/cpu/cpufreq/boost"))
    machine["turbo"] = *boost == "1" ? "on" : "off";
  if (const auto no_turbo = first_line("/sys/devices/system/cpu/intel_pstate/no_turbo"))
    machine["turbo"] = *no_turbo == "0" ? "on" : "off";
  const auto flags = field_of("/proc/cpuinfo", "flags");
  const auto vendor = first_line("/sys/hypervisor/type");
  machine["hypervisor"] = vendor                                                     ? *vendor
                          : flags && flags->find(" hypervisor") != std::string::npos ? "yes"
                                                                                     : "none seen";
  utsname name{};
  if (uname(&name) == 0) machine["kernel"] = fmt::format("{} {} {}", name.sysname, name.release, name.machine);
  put(machine, "mitigations", mitigations());
  const auto quota = cpu_quota();
  machine["quota"] = quota ? fmt::format("{:.4g} CPUs", *quota) : "none";
  const auto memory = core::memory_limit();
  machine["memory_limit"] = memory ? fmt::format("{} bytes", *memory) : "none";
  // Timings of two boots or two machines are not joined. Only a hash of the machine's own identifier is stored, for
  // privacy.
  if (const std::string boot = boot_id(); !boot.empty()) machine["boot_id"] = boot;
  if (const auto id = first_line("/etc/machine-id"); id && !id->empty()) {
    core::Sha256 hash;
    hash.update_values(std::span(id->data(), id->size()));
    machine["machine_id_hash"] = hash.hex().substr(0, 16);
  }
  return machine;
}

}  // namespace

record::Context describe_environment() {
  record::Context context;
  const std::vector<Cpu> cpus = usable_cpus();
  context.date = local_date();
  char host[256] = {};
  if (gethostname(host, sizeof host - 1) == 0) context.host_name = host;
  std::error_code error;
  context.executable = std::filesystem::read_symlink("/proc/self/exe", error).filename().string();
  context.num_cpus = static_cast<int>(cpus.size());
  if (const auto mhz = field_of("/proc/cpuinfo", "cpu MHz")) context.mhz_per_cpu = core::parse_real(*mhz).value_or(0);
  const auto governor = first_line(kCpu0 + "scaling_governor");
  context.cpu_scaling_enabled = governor && *governor != "performance";
  context.caches = list_caches();
  context.load_avg = load_averages();
#ifdef NDEBUG
  context.library_build_type = "release";
#else
  context.library_build_type = "debug";
#endif
  context.machine = describe_machine(cpus);
  context.build = build_info();
  const unsigned hwloc = hwloc_get_api_version();
  context.libraries["hwloc"] = fmt::format("{}.{}.{}", hwloc >> 16, (hwloc >> 8) & 0xff, hwloc & 0xff);
  context.libraries["highway"] = probe_kernels().highway;
  context.libraries["onetbb"] = tbb_version();
  return context;
}

std::optional<double> cpu_quota(const std::string& root, const std::string& own_groups) {
  std::optional<double> least;
  const auto limit = [&](std::string_view quota_text, std::string_view period_text) {
    const auto quota = core::parse_integer(quota_text),
               period = core::parse_integer(period_text);  // "max" and −1: no limit
    if (!quota || !period || *quota <= 0 || *period <= 0) return;
    const double cpus = static_cast<double>(*quota) / static_cast<double>(*period);
    least = std::min(cpus, least.value_or(cpus));
  };
  for (const std::string& folder : core::control_group_folders("cpu", root, own_groups)) {
    if (const auto line = first_line(folder + "cpu.max"))
      if (const auto words = core::split(*line, ' '); words.size() == 2) limit(words[0], words[1]);
    const auto quota = first_line(folder + "cpu.cfs_quota_us"), period = first_line(folder + "cpu.cfs_period_us");
    if (quota && period) limit(*quota, *period);
  }
  return least;
}

std::string boot_id() { return first_line("/proc/sys/kernel/random/boot_id").value_or(""); }

SystemCounters read_system_counters() {
  SystemCounters counters;
  if (const auto load = load_averages(); !load.empty()) counters.load = load[0];
  // The eighth number of the first line is the steal time, which other guests took, in clock ticks.
  if (const auto line = first_line("/proc/stat")) {
    std::vector<std::string_view> words;
    for (const std::string_view word : core::split(*line, ' '))
      if (!word.empty()) words.push_back(word);
    if (words.size() > 8)
      if (const auto ticks = core::parse_integer(words[8]))
        counters.steal_seconds = static_cast<double>(*ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) counters.involuntary_switches = usage.ru_nivcsw;
  if (const auto mhz = field_of("/proc/cpuinfo", "cpu MHz")) counters.mhz = core::parse_real(*mhz);
  return counters;
}

}  // namespace descent::machine
