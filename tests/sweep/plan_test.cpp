#include "sweep/plan/plan.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "descent/core/error.hpp"
#include "descent/sweep/sweep.hpp"
#include "sweep/plan/estimate.hpp"
#include "sweep/search/search.hpp"

namespace descent::sweep {
namespace {

data::Split rows(std::size_t n, std::size_t d = 3) {
  data::Split split;
  split.training.name = "toy";
  split.training.features = core::Matrix<float>(n, d);
  split.training.labels.assign(n, 0);
  for (std::size_t i = 0; i < n; ++i) split.training.labels[i] = static_cast<std::int32_t>(i % 3);
  split.training.classes = 3;
  return split;
}

std::vector<std::string> ids(const SeriesTable& table) {
  std::vector<std::string> result;
  for (const SeriesPlan& series : table.series)
    result.push_back(series_id(series, table.workloads[series.workload].id));
  return result;
}

TEST(PlanSeries, HasASeriesPerLossAndBatchAndOneGd) {
  const SeriesTable table = plan_series(preset_options("quick"), rows(1000));
  ASSERT_EQ(table.workloads.size(), 2U);
  ASSERT_EQ(table.series.size(), 2U * 4U);
  EXPECT_EQ(table.workloads[0].id, "toy/linear/softmax_cross_entropy/0.0001");
  EXPECT_EQ(ids(table)[0], "toy/linear/softmax_cross_entropy/0.0001/sgd/32/reshuffle/constant/tuned");
  EXPECT_EQ(ids(table)[3], "toy/linear/softmax_cross_entropy/0.0001/gd/1000/none/constant/tuned");
}

TEST(PlanSeries, GdHasOneRunWhateverTheSeedsAndIgnoresBatchSizes) {
  SweepOptions options = preset_options("quick");
  options.seeds = 7;
  options.batch_sizes = {16};
  const SeriesTable table = plan_series(options, rows(1000));
  for (const SeriesPlan& series : table.series) {
    EXPECT_EQ(series.seeds.size(), series.optimizer == "gd" ? 1U : 7U);
    EXPECT_EQ(series.batch, series.optimizer == "gd" ? 1000 : 16);
  }
  EXPECT_EQ(
      std::count_if(table.series.begin(), table.series.end(), [](const SeriesPlan& s) { return s.optimizer == "gd"; }),
      2);
}

TEST(PlanSeries, FullMeansTheGdRow) {
  SweepOptions options = preset_options("quick");
  options.optimizers = {"sgd"};
  options.batch_sizes = {16, 0};
  const SeriesTable table = plan_series(options, rows(100));
  ASSERT_EQ(table.series.size(), 4U);
  EXPECT_EQ(table.series[1].optimizer, "gd");
}

TEST(PlanSeries, APresetsBatchesEndAtNButTheUsersAreHeldToIt) {
  const SeriesTable table = plan_series(preset_options("standard"), rows(1000));
  EXPECT_EQ(table.series.size(), 2U * 6U);  // batches 32 … 512 and gd
  SweepOptions options = preset_options("standard");
  options.batch_sizes = {32, 1001};
  options.batch_sizes_given = true;
  try {
    plan_series(options, rows(1000));
    FAIL();
  } catch (const core::UsageError& error) {
    EXPECT_STREQ(error.what(), "--batch-sizes: found 1001; expected at most 1000, the training rows");
  }
}

TEST(PlanSeries, StandardHasTenSeedsAndFiveFromBatch4096) {
  const SeriesTable table = plan_series(preset_options("standard"), rows(20000));
  std::map<std::int64_t, std::size_t> seeds;
  for (const SeriesPlan& series : table.series) seeds[series.batch] = series.seeds.size();
  EXPECT_EQ(seeds[32], 10U);
  EXPECT_EQ(seeds[2048], 10U);
  EXPECT_EQ(seeds[4096], 5U);
  EXPECT_EQ(seeds[16384], 5U);
  EXPECT_EQ(seeds[20000], 1U);
}

TEST(PlanSeries, TuningSeedsAreOthersThanReportingSeedsAndOneFromASixteenthOfN) {
  const SeriesTable table = plan_series(preset_options("full"), rows(1600));
  for (const SeriesPlan& series : table.series) {
    EXPECT_EQ(series.walking_seeds, series.batch >= 100 ? 1U : 2U) << series.batch;
    EXPECT_EQ(series.tuning_seeds.size(), series.optimizer == "gd" ? 1U : LearningRateSearch::kMostSeedsOfTinyData);
    for (const std::uint64_t seed : series.tuning_seeds)
      EXPECT_EQ(std::count(series.seeds.begin(), series.seeds.end(), seed), 0);
  }
}

TEST(PlanSeries, FullAddsAChainPerTargetAndTheUntunedRules) {
  SweepOptions options = preset_options("full");
  options.losses = {"softmax_cross_entropy"};
  const SeriesTable table = plan_series(options, rows(100));
  // Batches 1 … 64 and gd are tuned for each of 5 targets. Both untuned rules run at every sgd batch but the smallest.
  EXPECT_EQ(table.series.size(), 5U * 8U + 2U * 6U);
  const std::vector<std::string> names = ids(table);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  EXPECT_EQ(
      std::count(names.begin(), names.end(), "toy/linear/softmax_cross_entropy/0.0001/sgd/2/reshuffle/constant/linear"),
      1);
  EXPECT_EQ(std::count(names.begin(), names.end(),
                       "toy/linear/softmax_cross_entropy/0.0001/sgd/2/reshuffle/constant/tuned@0.1"),
            1);
}

TEST(PlanSeries, OneLossSpelledTwiceIsOneWorkload) {
  SweepOptions options = preset_options("quick");
  options.losses = {"multiclass_svm", "multiclass_svm(margin=1)"};
  EXPECT_EQ(plan_series(options, rows(1000)).workloads.size(), 1U);
}

TEST(PlanSeries, ARunIsCensoredOncePastBothBudgets) {
  SweepOptions options = preset_options("quick");
  options.max_epochs = 20;
  options.max_steps = 4000;
  EXPECT_EQ(budget_steps(options, 60000, 32), 37500);
  EXPECT_EQ(budget_steps(options, 60000, 60000), 4000);
  EXPECT_EQ(budget_steps(options, 1000, 300), 4000);
  options.max_steps = 1;
  EXPECT_EQ(budget_steps(options, 1000, 300), 67);  // 20 epochs are 66.7 steps
}

TEST(PlanSeries, ShardsShareEverySeriesOnceInConsecutiveRuns) {
  SweepOptions options = preset_options("full");
  const SeriesTable whole = plan_series(options, rows(3000));
  for (const int shards : {1, 2, 3, 7, 60}) {
    std::vector<int> owners(whole.series.size(), 0);
    std::size_t previous = 0;
    for (int shard = 1; shard <= shards; ++shard) {
      options.shard = std::pair{shard, shards};
      const SeriesTable part = plan_series(options, rows(3000));
      ASSERT_EQ(part.series.size(), whole.series.size());
      for (std::size_t i = 0; i < part.series.size(); ++i) {
        if (!part.series[i].owned) continue;
        ++owners[i];
        EXPECT_EQ(i, previous);
        previous = i + 1;
      }
    }
    EXPECT_EQ(std::count(owners.begin(), owners.end(), 1), static_cast<std::ptrdiff_t>(owners.size())) << shards;
  }
}

TEST(MakePlan, ListsTheCellsWithAnEstimateForEveryStage) {
  const SweepOptions options = preset_options("quick");
  const Plan plan = make_plan(options, rows(1000));
  ASSERT_EQ(plan.cells.size(), 8U);
  EXPECT_EQ(plan.cells[0].loss, "softmax_cross_entropy");
  EXPECT_EQ(plan.cells[0].seeds, 3);
  double sum = 0;
  for (const auto& [stage, seconds] : plan.estimate_by_stage) {
    EXPECT_TRUE(seconds > 0) << stage;
    sum += seconds;
  }
  EXPECT_TRUE(std::abs(plan.estimated_seconds - sum) <= 1e-9 * sum);
}

TEST(PlanSeries, MoreTuningSeedsMeetWhereRunsAreCheap) {
  const auto seeds = [](std::size_t n, const char* loss) {
    SweepOptions options = preset_options("standard");
    options.losses = {loss};
    return static_cast<int>(plan_series(options, rows(n, 100)).series.front().tuning_seeds.size());
  };
  const std::size_t cheap = 20'000'000 / (100 * loss::make_loss("logistic")->outputs(3));
  EXPECT_EQ(seeds(2'000, "logistic"), LearningRateSearch::kMostSeedsOfTinyData);
  EXPECT_EQ(seeds(2'001, "logistic"), LearningRateSearch::kMostSeedsOfSmallData);
  EXPECT_EQ(seeds(cheap, "logistic"), LearningRateSearch::kMostSeedsOfSmallData);
  EXPECT_EQ(seeds(cheap + 1, "logistic"), LearningRateSearch::kMostSeeds);
}

/// Steps that searches of real sweeps took, in all trials together.
struct Measured {
  double n;
  std::int64_t batch;
  double trial_steps;
};

double estimated_steps(const Measured& measured, double target) {
  SweepOptions options = preset_options("standard");
  options.losses = {"softmax_cross_entropy"};
  options.batch_sizes = {measured.batch, 0};
  options.targets = {target};
  for (const SeriesPlan& series :
       plan_series(options, rows(static_cast<std::size_t>(measured.n), measured.n > 1000 ? 785 : 20)).series)
    if (series.batch == measured.batch &&
        (series.optimizer == "gd") == (series.batch == static_cast<std::int64_t>(measured.n)))
      return expected_search(series, measured.n).steps;
  return 0;
}

// Searches of softmax on MNIST for the target 1e-2, with at most 20 passes or 4,000 steps; of softmax on synthA (l2
// 0.01) for 1e-1.
TEST(ExpectedSearch, IsWithinAFactorOfOneAndAHalfOfWhatSearchesTook) {
  double found = 0, expected = 0;
  for (const Measured& mnist : {Measured{60000, 32, 806666},
                                {60000, 128, 253562},
                                {60000, 1024, 56055},
                                {60000, 4096, 42233},
                                {60000, 8192, 40600},
                                {60000, 60000, 6041}}) {
    const double rows_of_steps = static_cast<double>(mnist.batch);
    found += estimated_steps(mnist, 1e-2) * rows_of_steps, expected += mnist.trial_steps * rows_of_steps;
  }
  EXPECT_TRUE(found <= 1.5 * expected && expected <= 1.5 * found) << found / expected;
  found = expected = 0;
  for (const Measured& small :
       {Measured{200, 1, 89065}, {200, 2, 46423}, {200, 4, 22823}, {200, 8, 10995}, {200, 16, 5698}})
    found += estimated_steps(small, 1e-1) * 24 / 64, expected += small.trial_steps;  // 24 of the 64 seeds
  EXPECT_TRUE(found <= 1.5 * expected && expected <= 1.5 * found) << found / expected;
  // Softmax and multiclass SVM on the built-in data, for the target 1e-1.
  found = expected = 0;
  for (const Measured& blobs : {Measured{8192, 32, 38691},
                                {8192, 32, 36975},
                                {8192, 128, 10520},
                                {8192, 128, 5604},
                                {8192, 512, 7239},
                                {8192, 512, 2840}})
    found += estimated_steps(blobs, 1e-1), expected += blobs.trial_steps;
  EXPECT_TRUE(found <= 1.5 * expected && expected <= 1.5 * found) << found / expected;
}

TEST(PlanSeries, EveryOtherOptimizerRunsAtEveryBatchAndOnceOnAllRows) {
  SweepOptions options = preset_options("quick");
  options.losses = {"softmax_cross_entropy"};
  options.batch_sizes = {32, 8, 0};
  options.seeds = 2;
  options.optimizers = {"momentum(beta=0.5)", "sgd", "momentum"};
  const SeriesTable table = plan_series(options, rows(240));
  std::vector<std::string> found;
  for (const SeriesPlan& series : table.series) {
    found.push_back(fmt::format("{} {} of {}", series.optimizer, series.batch, series.family));
    EXPECT_EQ(series.full_batch, series.batch == 240);
    EXPECT_EQ(series.seeds.size(), series.full_batch ? 1U : 2U);
    EXPECT_EQ(series.sampling, series.full_batch ? record::Sampling::none : record::Sampling::reshuffle);
    EXPECT_EQ(series.has_plain_noise(), series.optimizer == "sgd");
  }
  // Plain steps come first; sgd on all rows is gd.
  EXPECT_EQ(found, (std::vector<std::string>{
                       "sgd 8 of gd", "sgd 32 of gd", "gd 240 of gd", "momentum(beta=0.5) 8 of momentum(beta=0.5)",
                       "momentum(beta=0.5) 32 of momentum(beta=0.5)", "momentum(beta=0.5) 240 of momentum(beta=0.5)",
                       "momentum(beta=0.9) 8 of momentum(beta=0.9)", "momentum(beta=0.9) 32 of momentum(beta=0.9)",
                       "momentum(beta=0.9) 240 of momentum(beta=0.9)"}));
  options.batch_sizes = {8};
  EXPECT_EQ(plan_series(options, rows(240)).series.size(), 3U) << "without full, no series takes all rows";
}

}  // namespace
}  // namespace descent::sweep
