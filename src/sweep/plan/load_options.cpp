#include "descent/sweep/load_options.hpp"

#include "descent/engine/engine.hpp"

namespace descent::sweep {

data::LoadOptions load_options(const SweepOptions& options) {
  std::vector<std::string> engines = options.engines;
  engines.push_back(options.trajectory_engine);
  data::LoadOptions load{options.preprocess, options.bias, options.validation_fraction, engine::storage_for(engines)};
  if (load.storage != data::kDenseStorage) load.stored_for = "engine " + options.trajectory_engine;
  return load;
}

void expect_engines_accept(const SweepOptions& options, const data::Split& data) {
  std::vector<std::string> engines = options.engines;
  engines.push_back(options.trajectory_engine);
  for (const std::string& engine : engines)
    for (const std::string& spec : options.losses) {
      const auto loss = loss::make_loss(spec);
      for (const data::Dataset* part : {&data.training, &data.validation})
        if (part->rows() > 0) engine::expect_accepts(*engine::make_engine(engine), {*part, *loss, options.l2});
    }
}

}  // namespace descent::sweep
