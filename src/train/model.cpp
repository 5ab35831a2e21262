#include "descent/train/model.hpp"

#include <fmt/format.h>

namespace descent::train {

std::unique_ptr<Model> make_model(std::string_view name) { return ModelRegistry::instance().make("model", name); }

std::unique_ptr<engine::Objective> bind(const Model& model, const Problem& problem, const engine::Engine& engine,
                                        machine::Team& team) {
  if (const std::string why = model.refuses(problem); !why.empty())
    throw core::UsageError(fmt::format("--model {}: {}", model.name(), why));
  return model.bind(problem, engine, team);
}

}  // namespace descent::train
