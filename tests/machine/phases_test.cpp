#include "descent/machine/phases.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "descent/core/error.hpp"
#include "descent/machine/team.hpp"

namespace descent::machine {
namespace {

struct Setting {
  TeamBackend backend;
  int threads;
};

class Phases : public ::testing::TestWithParam<Setting> {
 protected:
  Team team_{{.threads = GetParam().threads, .pin = false, .oversubscribe = true, .backend = GetParam().backend}};
};

TEST_P(Phases, RunEveryBlockOnceAndSeeAllThatEarlierPhasesWrote) {
  constexpr std::size_t kPhases = 3000;
  const std::size_t sizes[] = {1, 2, 5, 17, 64};
  std::vector<long> cells(64, 0);  // not atomic: reading too early would be a race
  std::vector<std::atomic<int>> runs(64);
  std::atomic<long> wrong{0};
  team_.run([&](Worker& worker) {
    long expected = 0;
    for (std::size_t p = 0; p < kPhases; ++p) {
      const std::size_t blocks = sizes[p % 5];
      worker.phase(blocks, [&](std::size_t b) {
        // Each block of this phase reads a cell that another block wrote in the phase before.
        const std::size_t seen = (b + p) % 64;
        if (p > 0 && cells[seen] < expected - 64) wrong.fetch_add(1);
        runs[b].fetch_add(1, std::memory_order_relaxed);
      });
      worker.phase(64, [&](std::size_t b) { cells[b] = static_cast<long>(p) + 1; });
      expected = static_cast<long>(p) + 1;
      worker.phase(1, [&](std::size_t) {
        for (const long cell : cells)
          if (cell != static_cast<long>(p) + 1) wrong.fetch_add(1);
      });
    }
  });
  EXPECT_EQ(wrong.load(), 0);
  for (std::size_t b = 0; b < 64; ++b) {
    int expected = 0;
    for (const std::size_t size : sizes) expected += b < size ? static_cast<int>(kPhases / 5) : 0;
    EXPECT_EQ(runs[b].load(), expected) << "block " << b;
  }
}

/// Waits for up to `most` iterations, and yields now and then, so that events have another order each time.
void delay(std::minstd_rand& random, unsigned most) {
  if (random() % 3 != 0) return;
  if (random() % 16 == 0) return std::this_thread::yield();
  for (unsigned left = static_cast<unsigned>(random()) % most; left > 0; --left)
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

TEST_P(Phases, StayInOrderWhateverDelaysThereAre) {
  constexpr std::size_t kPhases = 400, kBlocks = 11;
  std::vector<std::size_t> cells(kBlocks, 0);  // not atomic, so that the thread sanitizer reports a race
  std::atomic<long> wrong{0};
  team_.run([&](Worker& worker) {
    std::minstd_rand random(static_cast<unsigned>(worker.index()) + 1);
    for (std::size_t p = 1; p <= kPhases; ++p) {
      delay(random, 400);
      // Each block reads its neighbour's cell of the phase before, which another worker may have written.
      worker.phase(kBlocks, [&](std::size_t b) {
        delay(random, 100);
        if (cells[b] != 2 * p - 2) wrong.fetch_add(1);
        cells[b] = 2 * p - 1;
        delay(random, 100);
      });
      worker.phase(kBlocks, [&](std::size_t b) {
        std::size_t& cell = cells[(b + p) % kBlocks];
        if (cell != 2 * p - 1) wrong.fetch_add(1);
        delay(random, 100);
        cell = 2 * p;
      });
    }
    for (const std::size_t cell : cells)
      if (cell != 2 * kPhases) wrong.fetch_add(1);
  });
  EXPECT_EQ(wrong.load(), 0);
}

#ifdef DESCENT_SANITIZE_THREAD
TEST(PhasesDeathTest, ARaceIsFound) {
  // Two blocks of one phase write the same cell. If the thread sanitizer did not report this race, then finding no race
  // in the other tests would mean nothing.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        Team team({.threads = 2, .pin = false, .oversubscribe = true, .backend = TeamBackend::std_thread});
        long cell = 0;
        std::atomic<int> inside{0};
        team.run([&](Worker& worker) {
          worker.phase(2, [&](std::size_t) {
            inside.fetch_add(1, std::memory_order_relaxed);
            for (long spin = 0; spin < 100'000'000 && inside.load(std::memory_order_relaxed) < 2; ++spin) {
            }
            ++cell;
          });
        });
        std::exit(static_cast<int>(cell - cell));
      },
      testing::ExitedWithCode(66), "data race");
}
#endif

TEST_P(Phases, DoNotWaitForAWorkerThatComesLate) {
  // Worker 0 waits until the others have done all blocks. If it is alone, it does all of them itself.
  std::atomic<int> blocks{0};
  const int threads = team_.threads();
  constexpr int kBlocks = 40, kPhases = 10;
  team_.run([&](Worker& worker) {
    if (worker.index() == 0 && threads > 1)
      for (long spin = 0; spin < 200'000'000 && blocks.load() < kBlocks * kPhases; ++spin) {
      }
    for (int p = 0; p < kPhases; ++p) worker.phase(kBlocks, [&](std::size_t) { blocks.fetch_add(1); });
  });
  EXPECT_EQ(blocks.load(), kBlocks * kPhases);
}

TEST_P(Phases, ReportWhoTookPart) {
  const Participation part = team_.run([&](Worker& worker) { worker.phase(1, [](std::size_t) {}); });
  EXPECT_EQ(part.workers, 1);
  EXPECT_EQ(part.cpus.size(), static_cast<std::size_t>(team_.threads()));
}

TEST_P(Phases, CanBeRunAgainAndAgain) {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> blocks{0};
    team_.run([&](Worker& worker) {
      for (int p = 0; p < 3; ++p) worker.phase(9, [&](std::size_t) { blocks.fetch_add(1); });
    });
    ASSERT_EQ(blocks.load(), 27);
  }
}

TEST_P(Phases, ForEachVisitsEveryItemOnceAndRethrowsTheFirstError) {
  std::vector<std::atomic<int>> visits(5000);
  team_.for_each(visits.size(), [&](std::size_t i) { visits[i].fetch_add(1); });
  for (const auto& count : visits) ASSERT_EQ(count.load(), 1);
  team_.for_each(0, [](std::size_t) { FAIL(); });
  std::atomic<int> ended{0};
  try {
    team_.for_each(100, [&](std::size_t i) {
      ended.fetch_add(1);
      if (i == 30 || i == 60) throw core::InputError(std::to_string(i));
    });
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_STREQ(error.what(), "30");
  }
  EXPECT_EQ(ended.load(), 100);
}

INSTANTIATE_TEST_SUITE_P(Teams, Phases,
                         ::testing::Values(Setting{TeamBackend::tbb, 1}, Setting{TeamBackend::tbb, 2},
                                           Setting{TeamBackend::tbb, 3}, Setting{TeamBackend::tbb, 7},
                                           Setting{TeamBackend::std_thread, 2}, Setting{TeamBackend::std_thread, 3},
                                           Setting{TeamBackend::std_thread, 4}, Setting{TeamBackend::std_thread, 7}),
                         [](const auto& instance) {
                           return (instance.param.backend == TeamBackend::tbb ? "tbb" : "threads") +
                                  std::to_string(instance.param.threads);
                         });

}  // namespace
}  // namespace descent::machine
