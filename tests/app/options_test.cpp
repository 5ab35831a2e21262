#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "app/noise_check.hpp"
#include "app/program.hpp"
#include "app/run_options.hpp"
#include "descent/core/error.hpp"

namespace descent::app {
namespace {

TEST(ConfigFile, HoldsOptionsWithTheirTypesAndLines) {
  const test::TempFolder folder;
  const Settings settings = read_config_file(folder.write("run.toml",
                                                          "# a comment\n"
                                                          "loss = [\"hinge\", \"huber(delta=1)\"]\n"
                                                          "batch-sizes = [32, 64, \"full\"]\n"
                                                          "l2 = 1e-3\n"
                                                          "seeds = 4\n"
                                                          "pin = false\n"
                                                          "resume = true\n"
                                                          "precision = \"2%\"\n"));
  EXPECT_EQ(settings.at("loss").text, "hinge,huber(delta=1)");
  EXPECT_EQ(settings.at("batch-sizes").text, "32,64,full");
  EXPECT_EQ(settings.at("pin").text, "off");
  EXPECT_EQ(settings.at("resume").text, "true");
  EXPECT_EQ(settings.at("seeds").place, folder.path("run.toml") + ":5: seeds");
  const sweep::SweepOptions options = options_of(settings);
  EXPECT_EQ(options.l2, 1e-3);
  EXPECT_EQ(options.precision, 0.02);
  EXPECT_TRUE(options.resume);
}

TEST(ConfigFile, HoldsTheCommandsOwnFlags) {
  const test::TempFolder folder;
  const Settings settings =
      read_config_file(folder.write("run.toml", "quiet = true\nlist = false\ndry-run = true\nexplain = true\n"));
  EXPECT_EQ(settings.at("quiet").text, "true");
  EXPECT_EQ(settings.at("list").text, "false");
  EXPECT_THROW(read_config_file(folder.write("bad.toml", "quiet = \"loud\"\n")), core::InputError);
}

TEST(NoiseCheck, ComparesAtLeastTwoHundredPairsWhateverTheMachine) {
  for (const int cpus : {1, 2, 3, 8, 64, 256}) {
    const sweep::SweepOptions options = noise_check_options(cpus);
    EXPECT_GE(comparisons_of(options), kLeastComparisons) << cpus;
    EXPECT_EQ(options.aa_cells, sweep::kAllCells);
    const std::set<std::int64_t> batches(options.batch_sizes.begin(), options.batch_sizes.end());
    EXPECT_EQ(batches.size(), options.batch_sizes.size()) << cpus;
    EXPECT_GE(*batches.begin(), 1);
    EXPECT_LE(*batches.rbegin(), 2048);
    EXPECT_GE(options.invocations, 8);
  }
}

}  // namespace
}  // namespace descent::app
