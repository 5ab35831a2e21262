#include "descent/sweep/load_options.hpp"

#include "descent/engine/engine.hpp"

namespace descent::sweep {

data::LoadOptions load_options(const SweepOptions& options) {
  std::vector<std::string> engines = options.engines;
  engines.push_back(options.trajectory_engine);
  return {options.preprocess, options.bias, options.validation_fraction, engine::storage_for(engines)};
}

}  // namespace descent::sweep
