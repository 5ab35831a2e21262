// What bench/scaling predicts for simulated machines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "descent/core/error.hpp"
#include "scaling/predict.hpp"

namespace descent::bench {
namespace {

using engine::Sharing;

const std::vector<int> kThreads{1, 2, 4, 8, 16, 32, 64, 128};
const char* const kTwoPackages = "pack:2 l3:8 core:8 pu:1";

/// A small table of costs, with which a prediction can be computed by hand.
Costs costs() {
  Costs costs;
  costs.one.threads = 1, costs.one.fma_f32_gflop_per_s = 100, costs.one.read_gb_per_s = 12;
  costs.one.read_l2_gb_per_s = 50;
  costs.two.threads = 2, costs.two.read_gb_per_s = 20, costs.two.join_us = 0.1;
  costs.l2_bytes = 1 << 20;
  return costs;
}

record::Roof roof(const Costs& from, const std::string& topology, int threads, const Assumptions& assumed = {}) {
  return predicted_roof(from, workers_on(machine::synthetic_cpus(topology), threads), assumed);
}

TEST(MeanLine, WeighsEveryPairByItsWay) {
  const auto line = [](const std::string& topology, int threads) {
    return mean_line(workers_on(machine::synthetic_cpus(topology), threads), {0, 5, 10});
  };
  EXPECT_EQ(line("pack:1 l3:1 core:8 pu:1", 1), 1);
  EXPECT_EQ(line("pack:1 l3:1 core:8 pu:1", 8), 1);
  // Four workers make 12 ordered pairs: 4 share an L3 cache, 8 do not.
  EXPECT_DOUBLE_EQ(line("pack:1 l3:2 core:2 pu:1", 4), (4 * 1 + 8 * 5) / 12.0);
  EXPECT_DOUBLE_EQ(line("pack:2 core:2 pu:1", 4), (4 * 1 + 8 * 10) / 12.0);
  // Pairs of all three kinds: of eight workers' 56 ordered pairs, 8 share an L3, 16 a package only, and 32 neither.
  EXPECT_DOUBLE_EQ(line("pack:2 l3:2 core:2 pu:1", 8), (8 * 1 + 16 * 5 + 32 * 10) / 56.0);
}

TEST(PredictedRoof, GrowsFromTheMeasuredOnes) {
  const record::Roof one = roof(costs(), kTwoPackages, 1);
  EXPECT_EQ(one.read_gb_per_s, 12);
  EXPECT_EQ(one.fma_f32_gflop_per_s, 100);
  const record::Roof two = roof(costs(), kTwoPackages, 2);  // both are in one L3, as in the measurement
  EXPECT_DOUBLE_EQ(two.read_gb_per_s, 20);
  EXPECT_DOUBLE_EQ(two.join_us, 0.1);
  const record::Roof eight = roof(costs(), kTwoPackages, 8);
  EXPECT_DOUBLE_EQ(eight.read_gb_per_s, 80);
  EXPECT_DOUBLE_EQ(eight.join_us, 0.4);  // the cache line passes four times as many workers
  EXPECT_DOUBLE_EQ(eight.fma_f32_gflop_per_s, 800);
  // A package reads 100 GB/s at most (500 in the second line). 64 workers are all in one package and would read 640
  // GB/s; 96 workers would read 640 and 320 in two packages.
  EXPECT_DOUBLE_EQ(roof(costs(), kTwoPackages, 64, {100}).read_gb_per_s, 100);
  EXPECT_DOUBLE_EQ(roof(costs(), kTwoPackages, 96, {500}).read_gb_per_s, 500 + 320);
}

TEST(Workers, AreOnePerCore) {
  EXPECT_EQ(workers_on(machine::synthetic_cpus("pack:1 core:4 pu:2"), 4).back().sibling, 0);
  EXPECT_THROW(workers_on(machine::synthetic_cpus("pack:1 core:4 pu:2"), 5), core::UsageError);
  EXPECT_THROW(workers_on(machine::synthetic_cpus("pack:1 core:4 pu:2"), 0), core::UsageError);
}

TEST(Predict, OneThreadIsWhatWasMeasured) {
  Costs table = costs();
  table.step_seconds = {{32, 7e-6}, {60000, 0.03}};
  for (const auto& [batch, seconds] : table.step_seconds) {
    const Prediction found = predict(table, roof(table, kTwoPackages, 1), batch);
    EXPECT_DOUBLE_EQ(found.seconds, seconds);
    EXPECT_EQ(found.speed_up, 1);
    EXPECT_EQ(found.sharing, Sharing::serial);
  }
}

// The step on the full batch of 61,440 rows, computed by hand for 8 threads in one L3 that share rows. Each thread gets
// as many of the 480 blocks of 128 rows as the others.
TEST(Predict, EqualsTheModelByHand) {
  Costs table = costs();
  table.shape = {61440, 784, 10};
  const Prediction found = predict(table, roof(table, kTwoPackages, 8), 61440);
  ASSERT_EQ(found.sharing, Sharing::rows);
  const engine::Plan plan = engine::make_plan(61440, 784, 10);
  const double blocks = static_cast<double>(plan.row_blocks), slices = static_cast<double>(plan.slices);
  // 80e9 is 100 Gflop/s × 0.8; 10e9 is 80 GB/s for 8 threads.
  const double multiply = 4.0 * 61440 * 784 * 10 / 80e9, read = 4.0 * 61440 * 784 / 10e9;
  ASSERT_GT(multiply, read);
  const double loss = 61440 * 10 * engine::MachineModel{}.derivative_seconds;
  const double share = std::ceil(blocks / 8) / blocks, slice_share = std::ceil(slices / 8) / slices;
  const double weights = 4.0 * 784 * 10 / 50e9, remote = 7.0 / 8;  // one pass over the weights in L2
  const double by_hand = (multiply + loss) * share +
                         weights * (8 * (1 - remote) + 4 * remote + 2 * (blocks - 1) * slice_share) +
                         2 * 784 * 10 / 16.0 * remote * 0.025e-6 + 2 * 0.4e-6;
  EXPECT_NEAR(found.seconds, by_hand, 1e-12);
  EXPECT_EQ(found.bound, "arithmetic");
  // Without the limit by arithmetic, reading the rows would limit the step.
  EXPECT_NEAR(found.bound_share, (multiply - read) * share / by_hand, 1e-9);
}

TEST(Predict, ChoosesTheFastestAndKeepsItsOrder) {
  const Costs table = costs();
  for (const std::size_t batch : {1, 32, 1024, 60000})
    for (const int threads : kThreads) {
      const Prediction found = predict(table, roof(table, kTwoPackages, threads, {200}), batch);
      if (found.sharing == Sharing::serial) {
        EXPECT_LE(found.speed_up, 1.0 + 1e-12);
        continue;
      }
      EXPECT_DOUBLE_EQ(found.seconds, std::min(found.features_seconds, found.rows_seconds));
      EXPECT_LE(found.speed_up, threads * 1.2) << batch << " × " << threads;
      EXPECT_NE(found.bound, "");
      EXPECT_TRUE(found.bound_share > 0 && found.bound_share <= 1);
    }
}

TEST(Predict, IsMonotoneWhereItMustBe) {
  Costs free = costs();
  free.two.join_us = 1e-9;  // threads need not wait, so that more of them are never slower
  double before = 1e9;
  for (const int threads : kThreads) {
    const Prediction found = predict(free, roof(free, kTwoPackages, threads), 60000);
    EXPECT_LE(found.rows_seconds, before * (1 + 1e-9)) << threads;
    before = found.rows_seconds;
  }
  for (const std::size_t batch : {32, 1024, 60000}) {
    double least = 0, most = 1e9;
    for (const double join : {0.01, 0.1, 1.0, 10.0}) {  // longer joins never make a step faster
      Costs slow = costs();
      slow.two.join_us = join;
      const double seconds = predict(slow, roof(slow, kTwoPackages, 64), batch).seconds;
      EXPECT_GE(seconds, least) << batch;
      least = seconds;
    }
    for (const double gb_per_s : {20.0, 50.0, 200.0, 1000.0}) {  // more bandwidth never makes it slower
      const double seconds = predict(costs(), roof(costs(), kTwoPackages, 64, {gb_per_s}), batch).seconds;
      EXPECT_LE(seconds, most) << batch;
      most = seconds;
    }
  }
}

TEST(RowsFrom, IsTheBatchFromWhichRowsStayFaster) {
  const Costs table = costs();
  const record::Roof team = roof(table, kTwoPackages, 8);
  const std::optional<std::size_t> from = rows_from(table, team);
  ASSERT_TRUE(from);
  for (std::size_t batch = *from; batch < table.shape.rows; batch *= 2) {
    const Prediction found = predict(table, team, batch);
    EXPECT_LT(found.rows_seconds, found.features_seconds) << batch;
  }
  const Prediction below = predict(table, team, *from / 2);
  EXPECT_GE(below.rows_seconds, below.features_seconds);
}

// The more threads join, the more often a cache line is transferred. The price of one transfer stays the same.
TEST(FitMachineModel, TakesThePriceOfALineFromTheWorkersOfTheJoin) {
  const Costs table = costs();
  for (const int threads : {2, 4, 8}) {
    const engine::MachineModel model =
        engine::fit_machine_model(table.one, roof(table, kTwoPackages, threads), table.l2_bytes);
    EXPECT_DOUBLE_EQ(model.line_seconds, 0.025e-6) << threads;
    EXPECT_DOUBLE_EQ(model.join_seconds, 0.05e-6 * threads);
  }
}

}  // namespace
}  // namespace descent::bench
