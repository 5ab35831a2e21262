#include "descent/sweep/options.hpp"

#include <algorithm>

#include "descent/core/text.hpp"
#include "descent/data/source.hpp"
#include "descent/engine/engine.hpp"
#include "sweep/plan/option_values.hpp"

namespace descent::sweep {
namespace {

SweepOptions quick() {
  SweepOptions options;
  options.batch_sizes = {32, 128, 512, 0};
  options.threads = {1};
  if (machine::available_cpus() > 1) options.threads.push_back(machine::available_cpus());
  options.targets = {1e-1};
  options.seeds = 3;
  options.accuracy_target = true;
  options.max_epochs = 20;
  options.max_steps = 500;
  options.solver_seconds = 15;
  options.roof_seconds = 0.5;
  options.invocations = 3;
  options.precision = 0.05;
  return options;
}

SweepOptions standard() {
  SweepOptions options;
  options.batch_sizes = {32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 0};
  options.threads = powers_of_two_up_to(machine::available_cpus());
  options.targets = {1e-1, 3e-2, 1e-2};
  options.accuracy_target = true;
  options.max_epochs = 60;
  options.max_steps = 3000;
  options.invocations = 8;
  return options;
}

SweepOptions full() {
  SweepOptions options = standard();
  options.batch_sizes.insert(options.batch_sizes.begin(), {1, 2, 4, 8, 16});
  options.seeds = 20;
  options.targets = {1e-1, 3e-2, 1e-2, 1e-3, 1e-4};
  options.accuracy_patience = 10;
  options.tune_each_target = true;
  options.untuned_rules = true;
  options.max_epochs = 1000;
  options.max_steps = 50000;
  return options;
}

struct Preset {
  const char* name;
  SweepOptions (*make)();
};
constexpr Preset kPresets[] = {{"quick", quick}, {"standard", standard}, {"full", full}};

}  // namespace

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const Preset& preset : kPresets) names.emplace_back(preset.name);
  return names;
}

SweepOptions preset_options(const std::string& name) {
  for (const Preset& preset : kPresets) {
    if (name != preset.name) continue;
    SweepOptions options = preset.make();
    options.preset = name;
    options.data = data::kDefaultData;
    options.losses = {"softmax_cross_entropy", "multiclass_svm"};
    options.optimizers = {"gd", "sgd"};
    options.trajectory_engine = default_trajectory_engine();
    options.engines = {options.trajectory_engine};
    return options;
  }
  throw core::UsageError(core::unknown_name("preset", name, preset_names()));
}

std::string default_trajectory_engine() {
  const std::vector<std::string> names = engine::EngineRegistry::instance().names();
  const bool fused = std::find(names.begin(), names.end(), "fused") != names.end();
  return fused && engine::EngineRegistry::instance().make("engine", "fused")->unavailable().empty() ? "fused" : "eigen";
}

}  // namespace descent::sweep
