#include "descent/machine/team.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <set>

#include "descent/core/error.hpp"
#include "descent/machine/topology.hpp"

namespace descent::machine {
namespace {

std::set<int> affinity() {
  cpu_set_t set;
  sched_getaffinity(0, sizeof set, &set);
  std::set<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) cpus.insert(cpu);
  return cpus;
}

TEST(Team, RefusesMoreThreadsThanTheProcessMayUseUnlessToldOtherwise) {
  try {
    Team team({.threads = available_cpus() + 1});
    FAIL();
  } catch (const core::UsageError& error) {
    EXPECT_THAT(error.what(),
                ::testing::AllOf(::testing::HasSubstr("threads"), ::testing::HasSubstr("--oversubscribe")));
  }
  EXPECT_NO_THROW(Team({.threads = available_cpus() + 1, .oversubscribe = true}));
  EXPECT_THROW(Team({.threads = 0}), core::UsageError);
}

TEST(Team, BindsItsWorkersDuringARunAndGivesTheCallerItsCpusBack) {
  const std::set<int> before = affinity();
  Team team({.threads = available_cpus()});
  ASSERT_EQ(team.cpus().size(), before.size());
  std::vector<std::set<int>> bound(before.size());
  team.run([&](Worker& worker) { bound[static_cast<std::size_t>(worker.index())] = affinity(); });
  for (std::size_t i = 0; i < bound.size(); ++i) EXPECT_EQ(bound[i], std::set<int>{team.cpus()[i]});
  EXPECT_EQ(affinity(), before);
}

TEST(Team, GivesEveryWorkerItsShareOnItsOwnCpu) {
  const int threads = available_cpus();
  Team team({.threads = threads});
  for (const std::size_t blocks : {std::size_t{0}, std::size_t{1}, std::size_t{1000}}) {
    std::vector<int> calls(static_cast<std::size_t>(threads)), owner(blocks, -1);
    team.for_shares(blocks, [&](int worker, std::size_t begin, std::size_t end) {
      ++calls[static_cast<std::size_t>(worker)];
      for (std::size_t b = begin; b < end; ++b) owner[b] = sched_getcpu();
    });
    EXPECT_THAT(calls, ::testing::Each(1));
    // A block belongs to the worker to which a phase offers it first.
    for (std::size_t b = 0; b < blocks; ++b) {
      const std::size_t worker = ((b + 1) * static_cast<std::size_t>(threads) - 1) / blocks;
      ASSERT_EQ(owner[b], team.cpus()[worker]) << "block " << b << " of " << blocks;
    }
  }
  Team many({.threads = 5, .pin = false, .oversubscribe = true});
  try {
    many.for_shares(5, [](int worker, std::size_t, std::size_t) {
      if (worker >= 2) throw core::InputError(std::to_string(worker));
    });
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_STREQ(error.what(), "2");
  }
}

TEST(Placement, TellsHowSharesLieOverNodes) {
  const std::vector<Cpu> cpus = synthetic_cpus("numa:2 core:32 pu:2");
  const auto nodes = [&](int threads, Placement placement) {
    return nodes_of_shares(place_workers(cpus, threads, placement), cpus);
  };
  using Runs = std::vector<std::pair<int, int>>;
  EXPECT_EQ(nodes(1, Placement::compact), (Runs{{0, 1}}));
  EXPECT_EQ(nodes(32, Placement::compact), nodes(1, Placement::compact));
  EXPECT_EQ(nodes(64, Placement::compact), (Runs{{0, 1}, {1, 1}}));
  EXPECT_EQ(nodes(40, Placement::compact), (Runs{{0, 4}, {1, 1}}));
  // The second threads of cores come last.
  EXPECT_EQ(nodes(128, Placement::compact), (Runs{{0, 1}, {1, 1}, {0, 1}, {1, 1}}));
  EXPECT_EQ(nodes_of_shares({}, cpus), Runs{});
}

TEST(Placement, FillsOneSocketFirstOrDealsThemRoundWithSiblingsLast) {
  const std::vector<Cpu> cpus = synthetic_cpus("pack:2 core:32 pu:2");
  ASSERT_EQ(cpus.size(), 128U);
  const auto find = [&](int os) {
    return *std::find_if(cpus.begin(), cpus.end(), [os](const Cpu& c) { return c.os_index == os; });
  };
  for (const Placement placement : {Placement::compact, Placement::spread}) {
    const std::vector<int> placed = place_workers(cpus, 128, placement);
    EXPECT_EQ(std::set<int>(placed.begin(), placed.end()).size(), 128U);
    std::set<int> cores;
    for (int i = 0; i < 64; ++i) cores.insert(find(placed[static_cast<std::size_t>(i)]).core);
    EXPECT_EQ(cores.size(), 64U) << "each of the first 64 threads has to get a core of its own";
  }
  const std::vector<int> compact = place_workers(cpus, 33, Placement::compact),
                         spread = place_workers(cpus, 4, Placement::spread);
  for (int i = 0; i < 32; ++i) EXPECT_EQ(find(compact[static_cast<std::size_t>(i)]).package, 0);
  EXPECT_EQ(find(compact[32]).package, 1);
  EXPECT_EQ(find(spread[0]).package, 0);
  EXPECT_EQ(find(spread[1]).package, 1);
  EXPECT_EQ(find(spread[2]).package, 0);
  EXPECT_NE(find(spread[0]).core, find(spread[2]).core);
}

TEST(Placement, UsesOnlyTheCpusOfTheSetAndStartsAgainWhenTheyRunOut) {
  const std::vector<Cpu> odd = synthetic_cpus("pack:1 core:4 pu:2", {1, 3, 5});
  ASSERT_EQ(odd.size(), 3U);
  EXPECT_THAT(place_workers(odd, 3, Placement::compact), ::testing::UnorderedElementsAre(1, 3, 5));
  EXPECT_THAT(place_workers(odd, 4, Placement::spread), ::testing::SizeIs(4));
  const std::vector<Cpu> one = synthetic_cpus("core:1 pu:1");
  EXPECT_THAT(place_workers(one, 3, Placement::compact), ::testing::ElementsAre(0, 0, 0));
}

TEST(OnOneCore, KnowsSiblings) {
  const std::vector<Cpu> cpus = synthetic_cpus("pack:2 core:2 pu:2");  // 0 and 1, 2 and 3, … share a core
  EXPECT_TRUE(on_one_core({0, 1}, cpus));
  EXPECT_TRUE(on_one_core({4, 2, 3}, cpus));
  EXPECT_FALSE(on_one_core({0, 2, 4, 6}, cpus));
  EXPECT_FALSE(on_one_core({1, 1}, cpus));  // it has to be two CPUs
  EXPECT_FALSE(on_one_core({0, -1, -1}, cpus));
}

TEST(Team, TellsWhoMovedWhoWasSwitchedAndWhoCouldNotBeBound) {
  Team pinned({.threads = 1});
  const Participation still = pinned.run([](Worker& worker) { worker.phase(1, [](std::size_t) {}); });
  EXPECT_EQ(still.moved, std::vector<int>{0});
  EXPECT_EQ(still.switches.size(), 1U);
  EXPECT_EQ(still.unbound, 0);
  const std::set<int> before = affinity();
  if (before.size() < 2) GTEST_SKIP() << "needs two CPUs";
  Team free({.threads = 1, .pin = false});
  const Participation moved = free.run([&](Worker& worker) {
    worker.phase(1, [&](std::size_t) {
      cpu_set_t other;
      CPU_ZERO(&other);
      for (const int cpu : before)
        if (cpu != sched_getcpu()) CPU_SET(static_cast<std::size_t>(cpu), &other);
      sched_setaffinity(0, sizeof other, &other);
    });
  });
  cpu_set_t all;
  CPU_ZERO(&all);
  for (const int cpu : before) CPU_SET(static_cast<std::size_t>(cpu), &all);
  sched_setaffinity(0, sizeof all, &all);
  EXPECT_EQ(moved.moved, std::vector<int>{1});
  EXPECT_EQ(moved.migrations, 1);
}

TEST(Placement, RefusesATopologyThatHwlocCannotRead) { EXPECT_THROW(synthetic_cpus("nonsense:x"), core::UsageError); }

}  // namespace
}  // namespace descent::machine
