#include "descent/train/optimizer.hpp"

#include <fmt/format.h>

namespace descent::train {

std::size_t Optimizer::state_size(const engine::Objective& objective) const {
  return rule() == nullptr ? 0 : rule()->state_per_parameter() * objective.parameters();
}

void Optimizer::advance(engine::Objective& objective, const engine::StepSequence& steps, std::span<float> w,
                        std::span<float> state) const {
  if (rule() == nullptr)
    throw core::UsageError(fmt::format("optimizer {}: found neither a rule nor steps of its own", name()));
  objective.advance(*rule(), steps, w, state);
}

std::size_t Optimizer::group_steps(const engine::Objective& objective, std::size_t batch) const {
  return rule() == nullptr ? 1 : objective.group_steps(*rule(), batch);
}

std::unique_ptr<Optimizer> make_optimizer(std::string_view spec) {
  return OptimizerRegistry::instance().make("optimizer", spec);
}

}  // namespace descent::train
