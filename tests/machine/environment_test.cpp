#include "descent/machine/environment.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "descent/machine/roofs.hpp"
#include "descent/machine/topology.hpp"
#include "machine/dot_probe.hpp"

namespace descent::machine {
namespace {

TEST(Environment, TellsWhatAReaderOfAReportNeeds) {
  const record::Context context = describe_environment();
  EXPECT_EQ(context.num_cpus, available_cpus());
  EXPECT_FALSE(context.host_name.empty());
  EXPECT_EQ(context.date.size(), std::string("2026-01-31T12:00:00+00:00").size());
  for (const char* key : {"sockets", "cores", "logical_cpus", "threads_per_core", "kernel", "simd", "hypervisor",
                          "cpuset", "numa_nodes", "numa_memory", "memory", "memory_limit", "quota", "governor", "turbo",
                          "frequency_limits_khz", "frequency_of_hardware_khz", "huge_pages_reserved"})
    EXPECT_TRUE(context.machine.contains(key)) << key;
  for (const char* key : {"compiler", "flags", "type"}) EXPECT_TRUE(context.build.contains(key)) << key;
  for (const char* key : {"hwloc", "highway", "onetbb"}) EXPECT_TRUE(context.libraries.contains(key)) << key;
}

/// Control groups as files, in a folder that is deleted when the test ends.
class Groups {
 public:
  Groups() {
    std::string path = (std::filesystem::temp_directory_path() / "descent-groups-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("mkdtemp");
    root_ = path;
  }
  Groups(const Groups&) = delete;
  Groups& operator=(const Groups&) = delete;
  ~Groups() { std::filesystem::remove_all(root_); }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text << '\n';
  }
  std::optional<double> quota() const { return cpu_quota(root_.string(), (root_ / "own").string()); }

 private:
  std::filesystem::path root_;
};

TEST(CpuQuota, OfVersionTwoIsTheLeastOfAllGroupsAbove) {
  const Groups groups;
  EXPECT_FALSE(groups.quota().has_value());
  groups.write("own", "0::/user/job");
  groups.write("user/job/cpu.max", "max 100000");
  EXPECT_FALSE(groups.quota().has_value());
  groups.write("user/cpu.max", "150000 100000");
  EXPECT_DOUBLE_EQ(groups.quota().value(), 1.5);
  groups.write("user/job/cpu.max", "50000 100000");
  EXPECT_DOUBLE_EQ(groups.quota().value(), 0.5);
}

TEST(CpuQuota, OfVersionOneIsInTwoFiles) {
  const Groups groups;
  groups.write("cpu/cpu.cfs_quota_us", "-1");
  groups.write("cpu/cpu.cfs_period_us", "100000");
  EXPECT_FALSE(groups.quota().has_value());
  groups.write("cpu/cpu.cfs_quota_us", "320000");
  EXPECT_DOUBLE_EQ(groups.quota().value(), 3.2);
}

TEST(CpuQuota, OfVersionOneIsThatOfItsOwnGroupToo) {
  const Groups groups;
  groups.write("own", "4:cpu,cpuacct:/jobs/7\n3:memory:/jobs/7");
  groups.write("cpu/cpu.cfs_quota_us", "400000");
  groups.write("cpu/cpu.cfs_period_us", "100000");
  groups.write("cpu/jobs/7/cpu.cfs_quota_us", "150000");
  groups.write("cpu/jobs/7/cpu.cfs_period_us", "100000");
  EXPECT_DOUBLE_EQ(groups.quota().value(), 1.5);
}

TEST(Environment, CountsItsCaches) {
  // The expected number is from the system's own files: the L2 caches of all CPUs, each counted once.
  const record::Context context = describe_environment();
  std::set<std::string> shared_by;
  for (int cpu = 0; cpu < 4096; ++cpu) {
    const std::string folder = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/cache/index2/";
    std::ifstream level(folder + "level"), list(folder + "shared_cpu_list");
    int number = 0;
    std::string cpus;
    if (!(level >> number) || !(list >> cpus)) break;
    if (number == 2) shared_by.insert(cpus);
  }
  if (shared_by.empty()) GTEST_SKIP() << "the system's files do not describe the L2 caches";
  int instances = 0;
  for (const record::Context::Cache& cache : context.caches)
    if (cache.level == 2) instances += cache.instances;
  EXPECT_EQ(instances, static_cast<int>(shared_by.size()));
}

TEST(CpuQuota, WhatIsNotAQuotaIsNone) {
  const Groups groups;
  for (const char* text : {"", "max", "1 2 3", "a b", "100000 0"}) {
    groups.write("cpu.max", text);
    EXPECT_FALSE(groups.quota().has_value()) << text;
  }
}

TEST(SystemCounters, NeverGoBack) {
  const SystemCounters before = read_system_counters(), after = read_system_counters();
  EXPECT_GE(after.steal_seconds, before.steal_seconds);
  EXPECT_GE(after.involuntary_switches, before.involuntary_switches);
}

TEST(Roofs, AreMeasuredForEveryProbe) {
  Team team({.threads = 1});
  const record::Roof roof = measure_roofs(team, 0.01);
  EXPECT_EQ(roof.threads, 1);
  EXPECT_GT(roof.fma_f32_gflop_per_s, 0);
  EXPECT_GT(roof.read_gb_per_s, 0);
  EXPECT_GT(roof.join_us, 0);
  ASSERT_TRUE(roof.overlap.has_value());
  EXPECT_GE(*roof.overlap, 0);
  EXPECT_LE(*roof.overlap, 1);
  EXPECT_EQ(roof.dot_i8_gop_per_s.has_value(), !dot_probes().empty());
  const SentinelTimes sentinels = run_sentinels();
  EXPECT_GT(sentinels.fma_seconds, 0);
  EXPECT_GT(sentinels.cache_seconds, 0);
  EXPECT_GT(sentinels.memory_seconds, 0);
}

TEST(Roofs, InHasteLeaveOutWhatIsNotNeeded) {
  Team team({.threads = 1});
  EXPECT_FALSE(measure_roofs(team, 0.01, Haste::yes).overlap.has_value());
}

// All bytes of the factors are 3 and 5. One 32-bit lane adds four products of bytes, or two products of the 16-bit
// numbers that two such bytes form. In each round, each of twelve sums gets eight such additions.
TEST(DotProbes, DoTheWorkThatTheyCount) {
  for (const DotProbe& probe : dot_probes()) {
    const int lane = std::string(probe.name) == "vpmaddwd" ? 2 * 0x0303 * 0x0505 : 4 * 3 * 5;
    EXPECT_EQ(probe.run(0), 0) << probe.name;
    EXPECT_EQ(probe.run(7), 7 * 12 * 8 * lane) << probe.name;
    EXPECT_GE(probe.adds_per_round, 12 * 8 * 16) << probe.name;
  }
}

}  // namespace
}  // namespace descent::machine
