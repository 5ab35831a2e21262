// A configuration consists of its options only. The name of the preset that gave them changes nothing.
#include <gtest/gtest.h>

#include "sweep/deterministic.hpp"
#include "sweep/plan/plan.hpp"
#include "sweep/tiny.hpp"

namespace descent::sweep {
namespace {

/// The options of the preset, but on small data.
SweepOptions small(const std::string& preset) {
  const SweepOptions tiny = tiny_options();
  SweepOptions options = preset_options(preset);
  options.data = tiny.data;
  options.losses = {"softmax_cross_entropy"};
  options.batch_sizes = {16, 0};
  options.threads = {1};
  options.pin = false;
  options.trajectory_engine = tiny.trajectory_engine, options.engines = tiny.engines;
  options.targets = {0.3, 0.1};
  options.max_epochs = tiny.max_epochs, options.max_steps = tiny.max_steps;
  options.invocations = 0, options.aa_cells = 0;
  options.shard_what = "statistics";
  return options;
}

record::Report run(const SweepOptions& options) {
  Listener listener;
  return run_sweep(options, {"descent", "run"}, listener, listener.cancel);
}

TEST(Presets, AnotherNameForOneChangesNothingButTheName) {
  for (const std::string& name : preset_names()) {
    SweepOptions options = small(name);
    const record::Report own = run(options);
    options.preset = "made_up";
    const record::Report other = run(options);
    auto configuration = own.context.configuration;
    EXPECT_EQ(configuration["preset"], name);
    configuration["preset"] = "made_up";
    EXPECT_EQ(other.context.configuration, configuration) << name;
    EXPECT_EQ(difference(deterministic_text(other), deterministic_text(own)), "") << name;
  }
}

}  // namespace
}  // namespace descent::sweep
