#include "descent/sweep/run_options.hpp"

#include <gtest/gtest.h>

#include <set>

#include "descent/core/error.hpp"

namespace descent::sweep {
namespace {

/// The options after `text` was given for `name` on the command line.
SweepOptions with(const std::string& name, const std::string& text) {
  return options_of({{name, {text, "--" + name}}});
}

/// The texts of all options, also of those that are not in a configuration.
std::map<std::string, std::string> texts_of(const SweepOptions& options) {
  std::map<std::string, std::string> texts;
  for (const RunOption& option : run_options()) texts[option.name] = option.get(options).value_or("nothing");
  return texts;
}

/// For each option a text that no preset gives, in the form in which `get` writes it.
const std::map<std::string, std::string> kOther{{"preset", "full"},
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
                                                {"accuracy-patience", "3"},
                                                {"tune-each-target", "true"},
                                                {"untuned-rules", "true"},
                                                {"passage", "exact"},
                                                {"threads", "1,3"},
                                                {"oversubscribe", "true"},
                                                {"pin", "off"},
                                                {"placement", "spread"},
                                                {"engine", "reference,eigen"},
                                                {"trajectory-engine", "reference"},
                                                {"sharing", "rows"},
                                                {"counters", "true"},
                                                {"max-epochs", "5"},
                                                {"max-steps", "6"},
                                                {"budget", "90s"},
                                                {"solver-seconds", "4.5"},
                                                {"roof-seconds", "0.25"},
                                                {"precision", "0.1"},
                                                {"aa-cells", "all"},
                                                {"invocations", "2"},
                                                {"out", "a.json"},
                                                {"resume", "true"},
                                                {"shard", "1/2"},
                                                {"shard-what", "statistics"}};

TEST(RunOptions, EveryOneIsSetFromItsTextWritesItBackAndChangesNothingElse) {
  const std::map<std::string, std::string> before = texts_of(options_of({}));
  for (const RunOption& option : run_options()) {
    ASSERT_TRUE(kOther.contains(option.name)) << option.name << ": add a text for this option to the test";
    const std::string& text = kOther.at(option.name);
    // The text for `model` is its default.
    EXPECT_TRUE(before.at(option.name) != text || option.name == "model") << option.name;
    const SweepOptions once = with(option.name, text);
    ASSERT_EQ(option.get(once), text) << option.name;
    std::map<std::string, std::string> expected = before;
    expected[option.name] = text;
    EXPECT_TRUE(texts_of(once) == expected || option.name == kPresetOption) << option.name;
    SweepOptions twice = once;
    option.set(twice, "again", *option.get(once));
    EXPECT_EQ(texts_of(twice), texts_of(once)) << option.name;
  }
}

TEST(RunOptions, EveryPresetReadsBackFromItsConfiguration) {
  for (const std::string& preset : preset_names()) {
    const auto configuration = configuration_of(preset_options(preset));
    Settings settings;
    for (const auto& [name, text] : configuration) settings[name] = {text, "--" + name};
    EXPECT_EQ(configuration_of(options_of(settings)), configuration) << preset;
    // This also holds on top of any other preset, since all that a preset gives is in the options.
    for (const std::string& other : preset_names()) {
      settings[kPresetOption] = {other, "--preset"};
      auto expected = configuration;
      expected[kPresetOption] = other;
      EXPECT_EQ(configuration_of(options_of(settings)), expected) << preset << " on top of " << other;
    }
  }
}

TEST(RunOptions, AConfigurationHoldsEveryOptionThatIsSetButWhereTheReportGoes) {
  Settings settings;
  for (const auto& [name, text] : kOther) settings[name] = {text, "--" + name};
  const auto configuration = configuration_of(options_of(settings));
  for (const auto& [name, text] : kOther) EXPECT_EQ(configuration.contains(name), name != "out" && name != "resume");
}

TEST(RunOptions, HelpNamesEachOptionOnceAndWhatItIs) {
  std::set<std::string> names;
  for (const RunOption& option : run_options()) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name << " is listed twice";
    EXPECT_FALSE(option.help.empty() || option.group.empty()) << option.name;
    EXPECT_EQ(option.value.empty(), option.kind == OptionKind::flag) << option.name;
  }
}

TEST(RunOptions, TextsForPeopleAreUnderstood) {
  EXPECT_EQ(with("batch-sizes", "32, 64,full,32").batch_sizes, (std::vector<std::int64_t>{32, 64, 0}));
  EXPECT_EQ(with("threads", "all").threads.back(), machine::available_cpus());
  EXPECT_EQ(with("threads", "all").threads.front(), 1);
  EXPECT_EQ(with("target", "1e-2,1e-1").targets, (std::vector<double>{1e-1, 1e-2}));
  EXPECT_EQ(with("target", "1e-2,accuracy").targets, (std::vector<double>{1e-2}));
  EXPECT_TRUE(with("target", "1e-2,accuracy").accuracy_target);
  EXPECT_EQ(with("target", "accuracy").targets, options_of({}).targets) << "the targets of the preset stay";
  EXPECT_EQ(with("budget", "1h30m").budget_seconds, 5400);
  EXPECT_EQ(with("budget", "20m").budget_seconds, 1200);
  EXPECT_EQ(with("budget", "90").budget_seconds, 90);
  EXPECT_EQ(with("precision", "3%").precision, 0.03);
  EXPECT_EQ(with("lr", "auto").learning_rates, std::vector<double>{});
  EXPECT_EQ(with("lr", "0.5").learning_rates, std::vector<double>{0.5});
  EXPECT_EQ(with("lr", "0.5,2").learning_rates, (std::vector<double>{0.5, 2}));
  EXPECT_EQ(with("loss", "huber(delta=1),hinge").losses, (std::vector<std::string>{"huber(delta=1)", "hinge"}));
}

TEST(RunOptions, ThePresetComesFirstWhateverTheOrder) {
  const SweepOptions options = options_of({{"preset", {"quick", "--preset"}}, {"max-steps", {"7", "--max-steps"}}});
  EXPECT_EQ(options.max_steps, 7);
  EXPECT_EQ(options.max_epochs, preset_options("quick").max_epochs);
}

}  // namespace
}  // namespace descent::sweep
