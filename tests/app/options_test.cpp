#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "app/noise_check.hpp"
#include "app/program.hpp"
#include "app/run_options.hpp"
#include "descent/core/error.hpp"

namespace descent::app {
namespace {

/// The options that `text` for `name` gives on the command line.
sweep::SweepOptions with(const std::string& name, const std::string& text) {
  return options_of({{name, {text, "--" + name}}});
}

TEST(RunOptions, EveryPresetReadsBackFromItsConfiguration) {
  for (const std::string& preset : sweep::preset_names()) {
    const auto configuration = sweep::configuration_of(sweep::preset_options(preset));
    Settings settings;
    for (const auto& [name, text] : configuration) settings[name] = {text, "--" + name};
    EXPECT_EQ(sweep::configuration_of(options_of(settings)), configuration) << preset;
  }
}

TEST(RunOptions, EveryChangedOptionReadsBackFromItsConfiguration) {
  Settings settings;
  for (const auto& [name, text] : std::vector<std::pair<std::string, std::string>>{{"preset", "full"},
                                                                                   {"model", "linear"},
                                                                                   {"data", "csv:a.csv?label=y"},
                                                                                   {"loss", "huber(delta=2),hinge"},
                                                                                   {"l2", "0.5"},
                                                                                   {"preprocess", "unit,center"},
                                                                                   {"bias", "off"},
                                                                                   {"validation-fraction", "0.25"},
                                                                                   {"optimizer", "sgd"},
                                                                                   {"batch-sizes", "7,full"},
                                                                                   {"lr", "0.125"},
                                                                                   {"schedule", "inverse"},
                                                                                   {"sampling", "iid_replace"},
                                                                                   {"seeds", "4"},
                                                                                   {"target", "0.5,0.25"},
                                                                                   {"accuracy-target", "false"},
                                                                                   {"tune-each-target", "false"},
                                                                                   {"untuned-rules", "false"},
                                                                                   {"passage", "exact"},
                                                                                   {"threads", "1,3"},
                                                                                   {"oversubscribe", "true"},
                                                                                   {"pin", "off"},
                                                                                   {"placement", "spread"},
                                                                                   {"engine", "reference,eigen"},
                                                                                   {"trajectory-engine", "reference"},
                                                                                   {"schedule-of-work", "rows"},
                                                                                   {"max-epochs", "5"},
                                                                                   {"max-steps", "6"},
                                                                                   {"budget", "90s"},
                                                                                   {"precision", "0.1"},
                                                                                   {"aa-cells", "all"},
                                                                                   {"invocations", "2"},
                                                                                   {"shard", "1/2"},
                                                                                   {"shard-what", "statistics"}})
    settings[name] = {text, "--" + name};
  const auto configuration = sweep::configuration_of(options_of(settings));
  for (const auto& [name, setting] : settings) {
    ASSERT_TRUE(configuration.contains(name)) << name;
    EXPECT_EQ(configuration.at(name), setting.text) << name;
  }
  // And there is no option that configurations cannot hold, but for where the report goes.
  for (const RunOption& option : run_options()) {
    const std::string name = option.name;
    EXPECT_EQ(settings.contains(name), name != "out" && name != "resume") << name;
  }
}

TEST(RunOptions, TextsForPeopleAreUnderstood) {
  EXPECT_EQ(with("batch-sizes", "32, 64,full,32").batch_sizes, (std::vector<std::int64_t>{32, 64, 0}));
  EXPECT_EQ(with("threads", "all").threads.back(), machine::available_cpus());
  EXPECT_EQ(with("threads", "all").threads.front(), 1);
  EXPECT_EQ(with("target", "1e-2,1e-1").targets, (std::vector<double>{1e-1, 1e-2}));
  EXPECT_EQ(with("target", "1e-2,accuracy").targets, (std::vector<double>{1e-2}));
  EXPECT_TRUE(with("target", "1e-2,accuracy").accuracy_target);
  EXPECT_EQ(with("target", "accuracy").targets, options_of({}).targets) << "the preset's stay";
  EXPECT_EQ(with("budget", "1h30m").budget_seconds, 5400);
  EXPECT_EQ(with("budget", "20m").budget_seconds, 1200);
  EXPECT_EQ(with("budget", "90").budget_seconds, 90);
  EXPECT_EQ(with("precision", "3%").precision, 0.03);
  EXPECT_EQ(with("lr", "auto").learning_rates, std::vector<double>{});
  EXPECT_EQ(with("lr", "0.5").learning_rates, std::vector<double>{0.5});
  EXPECT_EQ(with("lr", "0.5,2").learning_rates, (std::vector<double>{0.5, 2}));
  EXPECT_EQ(with("loss", "huber(delta=1),hinge").losses, (std::vector<std::string>{"huber(delta=1)", "hinge"}));
}

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

TEST(RunOptions, ThePresetComesFirstWhateverTheOrder) {
  const sweep::SweepOptions options =
      options_of({{"preset", {"quick", "--preset"}}, {"max-steps", {"7", "--max-steps"}}});
  EXPECT_EQ(options.max_steps, 7);
  EXPECT_EQ(options.max_epochs, sweep::preset_options("quick").max_epochs);
}

}  // namespace
}  // namespace descent::app
