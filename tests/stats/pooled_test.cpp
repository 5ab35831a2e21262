#include "descent/stats/pooled.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "descent/stats/draws.hpp"

namespace descent::stats {
namespace {

// The model of Smyth (2004): the true variances of groups are value · freedom/χ², and the measured variance of each
// group is its true one times a χ².
TEST(CommonVariance, IsFoundAgainInAModelThatIsKnown) {
  core::CounterRandom random(3, core::Purpose::data);
  std::vector<Variance> groups;
  for (int i = 0; i < 20000; ++i) {
    const double truth = 0.09 * 6 / draw_chi_squared(random, 6);
    groups.push_back({truth * draw_chi_squared(random, 4) / 4, 4});
  }
  const auto common = common_variance(groups);
  ASSERT_TRUE(common);
  EXPECT_NEAR(common->freedom, 6, 0.5);
  EXPECT_NEAR(common->value, 0.09, 0.003);
}

TEST(CommonVariance, OfGroupsThatDifferByChanceAloneIsTheirMean) {
  const std::vector<Variance> groups{{1, 2}, {2, 2}, {3, 2}, {0, 2}};
  const auto common = common_variance(groups);
  ASSERT_TRUE(common);
  EXPECT_TRUE(std::isinf(common->freedom));
  EXPECT_NEAR(common->value, 2, 1e-12) << "a group without scatter is left out";
  const Variance all = moderated(groups[0], *common, 6);
  EXPECT_NEAR(all.value, 2, 1e-12);
  EXPECT_EQ(all.freedom, 6);
}

TEST(CommonVariance, NeedsThreeGroups) { EXPECT_FALSE(common_variance(std::vector<Variance>{{1, 2}, {2, 2}})); }

TEST(Moderated, WeighsBothByTheirFreedom) {
  const Variance between = moderated({1, 2}, {4, 6}, 100);
  EXPECT_NEAR(between.value, (2 * 1 + 6 * 4) / 8.0, 1e-12);
  EXPECT_EQ(between.freedom, 8);
  EXPECT_EQ(moderated({1, 2}, {4, 6}, 5).freedom, 5) << "no more degrees of freedom than all groups have together";
}

}  // namespace
}  // namespace descent::stats
