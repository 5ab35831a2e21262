#include "sweep/pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace descent::sweep {
namespace {

machine::TeamOptions workers(int threads) {
  machine::TeamOptions options;
  options.threads = threads;
  options.pin = false;
  options.oversubscribe = true;
  return options;
}

TEST(Pool, RunsEveryPieceOnceAndThoseThatPiecesAdd) {
  for (const int threads : {1, 2, 4}) {
    machine::Team team(workers(threads));
    Pool pool(team);
    std::atomic<int> done{0};
    for (int i = 0; i < 20; ++i)
      pool.submit(i, [&] {
        ++done;
        pool.submit(0, [&] { ++done; });
      });
    pool.run();
    EXPECT_EQ(done, 40) << threads;
  }
}

TEST(Pool, TakesLowPrioritiesFirstAndEqualOnesInOrder) {
  machine::Team team(workers(1));
  Pool pool(team);
  std::vector<int> order;
  pool.submit(2, [&] { order.push_back(4); });
  pool.submit(1, [&] { order.push_back(2); });
  pool.submit(1, [&] { order.push_back(3); });
  pool.submit(0, [&] { order.push_back(1); });
  pool.run();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3, 4}));
}

TEST(Pool, TheFirstExceptionDropsTheRestAndComesOut) {
  machine::Team team(workers(1));
  Pool pool(team);
  int done = 0;
  pool.submit(0, [&] { ++done; });
  pool.submit(1, [] { throw std::runtime_error("full"); });
  for (int i = 0; i < 10; ++i) pool.submit(2, [&] { ++done; });
  EXPECT_THROW(pool.run(), std::runtime_error);
  EXPECT_EQ(done, 1);
}

TEST(Pool, AnExceptionAmongManyWorkersEndsAllOfThem) {
  machine::Team team(workers(3));
  Pool pool(team);
  for (int i = 0; i < 100; ++i)
    pool.submit(i, [i] {
      if (i == 50) throw std::runtime_error("full");
    });
  EXPECT_THROW(pool.run(), std::runtime_error);
}

TEST(Pool, WithoutPiecesReturns) {
  machine::Team team(workers(2));
  Pool(team).run();
}

}  // namespace
}  // namespace descent::sweep
