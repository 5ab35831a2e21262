#include "descent/sweep/load_options.hpp"

#include "descent/engine/engine.hpp"

namespace descent::sweep {

data::LoadOptions load_options(const SweepOptions& options) {
  std::vector<std::string> engines = options.engines;
  engines.push_back(options.trajectory_engine);
  return {options.preprocess, options.bias, options.validation_fraction, engine::storage_for(engines)};
}

void expect_engines_accept(const SweepOptions& options, const data::Dataset& training) {
  std::vector<std::string> engines = options.engines;
  engines.push_back(options.trajectory_engine);
  for (const std::string& engine : engines)
    for (const std::string& spec : options.losses) {
      const auto loss = loss::make_loss(spec);
      engine::expect_accepts(*engine::make_engine(engine), {training, *loss, options.l2});
    }
}

}  // namespace descent::sweep
