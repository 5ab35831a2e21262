#include "descent/machine/environment.hpp"

#include <gtest/gtest.h>

#include "descent/machine/roofs.hpp"
#include "descent/machine/topology.hpp"

namespace descent {
namespace {

TEST(Environment, TellsWhatAReaderOfAReportNeeds) {
  const Context context = describe_environment();
  EXPECT_EQ(context.num_cpus, available_cpus());
  EXPECT_FALSE(context.host_name.empty());
  EXPECT_EQ(context.date.size(), std::string("2026-01-31T12:00:00+00:00").size());
  for (const char* key : {"sockets", "cores", "kernel", "simd", "hypervisor", "cpuset"})
    EXPECT_TRUE(context.machine.contains(key)) << key;
  for (const char* key : {"compiler", "flags", "type"}) EXPECT_TRUE(context.build.contains(key)) << key;
  for (const char* key : {"hwloc", "highway", "onetbb"}) EXPECT_TRUE(context.libraries.contains(key)) << key;
}

TEST(SystemCounters, NeverGoBack) {
  const SystemCounters before = read_system_counters(), after = read_system_counters();
  EXPECT_GE(after.steal_seconds, before.steal_seconds);
  EXPECT_GE(after.involuntary_switches, before.involuntary_switches);
}

TEST(Roofs, AreMeasuredForEveryProbe) {
  Team team({.threads = 1});
  const Roof roof = measure_roofs(team, 0.01);
  EXPECT_EQ(roof.threads, 1);
  EXPECT_GT(roof.fma_f32_gflop_per_s, 0);
  EXPECT_GT(roof.read_gb_per_s, 0);
  EXPECT_GT(roof.join_us, 0);
  const SentinelTimes sentinels = run_sentinels();
  EXPECT_GT(sentinels.fma_seconds, 0);
  EXPECT_GT(sentinels.cache_seconds, 0);
  EXPECT_GT(sentinels.memory_seconds, 0);
}

}  // namespace
}  // namespace descent
