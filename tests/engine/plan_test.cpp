#include "descent/engine/plan.hpp"

#include <gtest/gtest.h>

#include "descent/engine/cost_model.hpp"

namespace descent::engine {
namespace {

TEST(Plan, CoversEveryRowAndVectorOnceForAllShapes) {
  for (const std::size_t rows : {1, 2, 15, 16, 17, 63, 64, 65, 100, 128, 512, 513, 1000, 8192, 60000, 1000003})
    for (const std::size_t features : {1, 16, 17, 123, 785, 3073, 55000})
      for (const std::size_t outputs : {1, 2, 10, 26, 105}) {
        const Plan plan = make_plan(rows, features, outputs);
        EXPECT_EQ(plan.row_begin(0), 0U);
        EXPECT_EQ(plan.row_end(plan.row_blocks - 1), rows);
        EXPECT_LT(plan.row_begin(plan.row_blocks - 1), rows);
        EXPECT_LE(plan.row_blocks, 256U);
        EXPECT_LE(plan.row_blocks * outputs * plan.vectors * kPlanLanes * sizeof(float),
                  (std::size_t{256} << 20) + outputs * plan.vectors * kPlanLanes * sizeof(float));
        EXPECT_TRUE(plan.row_blocks == 1 || plan.rows_per_block % 16 == 0);
        EXPECT_EQ(plan.tile_rows % 16, 0U);
        EXPECT_EQ(plan.vector_begin(0), 0U);
        EXPECT_EQ(plan.vector_begin(plan.slices), plan.vectors);
        for (std::size_t s = 0; s < plan.slices; ++s) EXPECT_LT(plan.vector_begin(s), plan.vector_begin(s + 1));
        EXPECT_TRUE(plan.feature_blocks == 1 || plan.feature_blocks == plan.slices);
        EXPECT_TRUE(plan.group_steps == 1 || (rows == 1 && plan.group_steps <= kMostGroupSteps));
      }
}

TEST(CostModel, SharesLargeBatchesByRowsAndSmallOnesByFeaturesOrNotAtAll) {
  const MachineModel model;
  EXPECT_EQ(choose_sharing(model, make_plan(60000, 785, 10), 10, 2), Sharing::rows);
  EXPECT_EQ(choose_sharing(model, make_plan(32, 785, 10), 10, 2), Sharing::features);
  EXPECT_EQ(choose_sharing(model, make_plan(1, 17, 1), 1, 2), Sharing::serial);
  EXPECT_EQ(choose_sharing(model, make_plan(8192, 785, 10), 10, 64), Sharing::rows);
  EXPECT_EQ(choose_sharing(model, make_plan(1, 785, 10), 10, 2), Sharing::features);  // one join for every 8 steps
  EXPECT_EQ(choose_sharing(model, make_plan(1, 55000, 105), 105, 2), Sharing::features);
  EXPECT_EQ(choose_sharing(model, make_plan(2, 55000, 105), 105, 2), Sharing::features);
}

TEST(CostModel, PrefersFewerJoinsWhereJoinsAreSlow) {
  MachineModel slow;
  slow.join_seconds = 1;
  EXPECT_EQ(choose_sharing(slow, make_plan(60000, 785, 10), 10, 2), Sharing::serial);
}

// Where one thread alone reads as fast as two together, two have nothing to gain but joins.
TEST(CostModel, LeavesALoneThreadTheWholeBandwidthThatItMeasured) {
  record::Roof one, two;
  one.threads = 1, one.fma_f32_gflop_per_s = 100, one.read_gb_per_s = 30;
  two.threads = 2, two.fma_f32_gflop_per_s = 200, two.read_gb_per_s = 30, two.join_us = 0.2;
  const Plan plan = make_plan(60000, 785, 1);  // one output: reading binds
  const MachineModel model = fit_machine_model(one, two, 1 << 20);
  EXPECT_EQ(choose_sharing(model, plan, 1, 2), Sharing::serial);
  two.read_gb_per_s = 60;
  EXPECT_EQ(choose_sharing(fit_machine_model(one, two, 1 << 20), plan, 1, 2), Sharing::rows);
  // Half the bandwidth takes the time of all bytes once more.
  one.read_gb_per_s = 15, two.read_gb_per_s = 30;
  const MachineModel slower = fit_machine_model(one, two, 1 << 20);
  const double bytes = 4.0 * 60000 * static_cast<double>(plan.vectors) * kPlanLanes;
  EXPECT_NEAR(
      predicted_seconds(slower, plan, 1, 2, Sharing::serial) - predicted_seconds(model, plan, 1, 2, Sharing::serial),
      bytes / 30e9, 1e-3 * bytes / 30e9);
  EXPECT_EQ(predicted_seconds(slower, plan, 1, 2, Sharing::rows), predicted_seconds(model, plan, 1, 2, Sharing::rows));
}

TEST(Sharing, NamesRoundTripAndWrongOnesAreRefused) {
  for (const Sharing sharing : {Sharing::automatic, Sharing::rows, Sharing::features, Sharing::serial})
    EXPECT_EQ(parse_sharing(sharing_name(sharing)), sharing);
  EXPECT_ANY_THROW(parse_sharing("row"));
}

}  // namespace
}  // namespace descent::engine
