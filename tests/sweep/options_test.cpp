#include "descent/sweep/options.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <limits>

#include "descent/core/error.hpp"
#include "descent/machine/team.hpp"

namespace descent::sweep {
namespace {

using List = std::vector<std::int64_t>;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::string complaint(const std::function<void(SweepOptions&)>& change) {
  SweepOptions options = preset_options("quick");
  change(options);
  try {
    check_options(options);
  } catch (const core::UsageError& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "";
}

#define EXPECT_COMPLAINT(change, part)                                        \
  do {                                                                        \
    const std::string text = complaint([](SweepOptions& o) { change; });      \
    EXPECT_NE(text.find(part), std::string::npos) << #change << ": " << text; \
  } while (false)

TEST(Presets, EveryPresetPassesTheCheck) {
  for (const std::string& name : preset_names()) EXPECT_NO_THROW(check_options(preset_options(name))) << name;
}

TEST(Presets, QuickIsSmall) {
  const SweepOptions quick = preset_options("quick");
  EXPECT_EQ(quick.batch_sizes, (List{32, 128, 512, 0}));
  EXPECT_EQ(quick.targets, std::vector<double>{1e-1});
  EXPECT_EQ(quick.max_epochs, 20);
  EXPECT_EQ(quick.max_steps, 500);
  EXPECT_EQ(quick.invocations, 3);
  EXPECT_EQ(quick.seeds, 3);
  EXPECT_EQ(quick.solver_seconds, 15);
  EXPECT_EQ(quick.roof_seconds, 0.5);
}

TEST(Presets, StandardHasThreeTargetsAndEightInvocations) {
  const SweepOptions standard = preset_options("standard");
  EXPECT_EQ(standard.batch_sizes, (List{32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 0}));
  EXPECT_EQ(standard.targets, (std::vector<double>{1e-1, 3e-2, 1e-2}));
  EXPECT_EQ(standard.max_epochs, 60);
  EXPECT_EQ(standard.max_steps, 3000);
  EXPECT_EQ(standard.invocations, 8);
  EXPECT_EQ(standard.threads.front(), 1);
  EXPECT_EQ(standard.threads.back(), machine::available_cpus());
}

TEST(Presets, FullTunesEveryTargetAndAddsTheUntunedRules) {
  const SweepOptions full = preset_options("full");
  EXPECT_EQ(full.targets.back(), 1e-4);
  EXPECT_TRUE(full.accuracy_target && full.tune_each_target && full.untuned_rules);
  EXPECT_EQ(full.seeds, 20);
  EXPECT_EQ(full.accuracy_patience, 10);
  EXPECT_EQ(full.max_epochs, 1000);
  EXPECT_EQ(full.max_steps, 50000);
}

TEST(Presets, AnUnknownOneIsNamedWithTheNearest) {
  try {
    preset_options("quik");
    FAIL();
  } catch (const core::UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'quick'"), std::string::npos) << error.what();
  }
}

TEST(CheckOptions, NamesUnknownNamesWithTheNearest) {
  EXPECT_COMPLAINT(o.losses = {"hing"}, "did you mean 'hinge'");
  EXPECT_COMPLAINT(o.optimizers = {"sgdd"}, "did you mean 'sgd'");
  EXPECT_COMPLAINT(o.optimizers = {"momentum(beta=2)"}, "beta is 2; expected a number from 0 to below 1");
  EXPECT_COMPLAINT(o.engines = {"eigne"}, "did you mean 'eigen'");
  EXPECT_COMPLAINT(o.trajectory_engine = "eign", "did you mean 'eigen'");
  EXPECT_COMPLAINT(o.schedule = "invers", "did you mean 'inverse'");
  EXPECT_COMPLAINT(o.sampling = "reshufle", "did you mean 'reshuffle'");
  EXPECT_COMPLAINT(o.model = "linaer", "did you mean 'linear'");
  EXPECT_COMPLAINT(o.preprocess = "unit,centre", "did you mean 'center'");
  EXPECT_COMPLAINT(o.data = "libsvn:a.svm", "did you mean 'libsvm'");
  EXPECT_COMPLAINT(o.passage = "grit", "did you mean 'grid'");
  EXPECT_COMPLAINT(o.shard_what = "statistic", "did you mean 'statistics'");
}

TEST(CheckOptions, RefusesNumbersOutOfRange) {
  EXPECT_COMPLAINT(o.batch_sizes = {-1}, "--batch-sizes: found -1");
  EXPECT_COMPLAINT(o.threads = {0}, "--threads: found 0");
  EXPECT_COMPLAINT(o.seeds = 0, "--seeds: found 0");
  EXPECT_COMPLAINT(o.l2 = -1, "--l2: found -1");
  EXPECT_COMPLAINT(o.l2 = kInfinity, "--l2: found inf");
  EXPECT_COMPLAINT(o.learning_rates = {-0.5}, "--lr: found -0.5");
  EXPECT_COMPLAINT(o.learning_rates = {kNan}, "--lr: found nan");
  EXPECT_COMPLAINT(o.learning_rates.assign(2, 0.5), "--lr: found 2 rates for");
  EXPECT_COMPLAINT(
      {
        o.batch_sizes.assign({8, 16});
        o.learning_rates.assign(2, 0.5);
      },
      "--lr: found no rate for gd");
  EXPECT_COMPLAINT(o.targets = {0.0}, "--target: found 0");
  EXPECT_COMPLAINT(o.targets = {1.5}, "--target: found 1.5");
  EXPECT_COMPLAINT(o.targets = {kNan}, "--target: found nan");
  EXPECT_COMPLAINT((o.targets = {0.01, 0.1}), "the largest first");
  EXPECT_COMPLAINT(o.max_epochs = 0, "--max-epochs: found 0");
  EXPECT_COMPLAINT(o.max_steps = -4, "--max-steps: found -4");
  EXPECT_COMPLAINT(o.budget_seconds = 0, "--budget: found 0");
  EXPECT_COMPLAINT(o.precision = 0, "--precision: found 0");
  EXPECT_COMPLAINT(o.validation_fraction = 1, "--validation-fraction: found 1");
  EXPECT_COMPLAINT((o.shard = std::pair{3, 2}), "--shard: found 3/2");
  EXPECT_COMPLAINT(o.losses.clear(), "--loss: found nothing");
}

TEST(CheckOptions, TakesMoreThreadsThanTheMachineHasOnlyWhenTold) {
  EXPECT_COMPLAINT(o.threads = {machine::available_cpus() + 1}, "or --oversubscribe");
  EXPECT_EQ(complaint([](SweepOptions& o) {
              o.threads = {machine::available_cpus() + 1};
              o.oversubscribe = true;
            }),
            "");
}

TEST(CheckOptions, DoesNotTrainWithAnEngineWhoseWeightsDependOnTheThreads) {
  EXPECT_COMPLAINT(o.trajectory_engine = "openblas", "--trajectory-engine: found openblas");
}

TEST(CheckOptions, FindsAnOutputThatCannotBeWrittenBeforeTheSweep) {
  EXPECT_COMPLAINT(o.out = "/no/such/folder/report.json", "found no folder '/no/such/folder'");
  EXPECT_COMPLAINT(o.out = "/proc/report.json", "cannot be written");
  EXPECT_COMPLAINT(o.out = std::filesystem::temp_directory_path().string(), "found a folder");
  EXPECT_COMPLAINT(o.resume = true, "--resume: found no --out");
}

TEST(CheckOptions, LeavesNothingBehindInTheOutputFolder) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("descent-options-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  SweepOptions options = preset_options("quick");
  options.out = (folder / "report.json").string();
  check_options(options);
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  std::filesystem::remove_all(folder);
}

TEST(Configuration, SpellsOptionsAsTheCommandLineTakesThem) {
  SweepOptions options = preset_options("quick");
  options.learning_rates = {0.5};
  options.shard = std::pair{1, 3};
  const auto configuration = configuration_of(options);
  EXPECT_EQ(configuration.at("batch-sizes"), "32,128,512,full");
  EXPECT_EQ(configuration.at("target"), "0.1");
  EXPECT_EQ(configuration.at("lr"), "0.5");
  EXPECT_EQ(configuration.at("shard"), "1/3");
  EXPECT_EQ(configuration.at("loss"), "softmax_cross_entropy,multiclass_svm");
}

}  // namespace
}  // namespace descent::sweep
