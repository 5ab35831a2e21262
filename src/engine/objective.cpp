#include "descent/engine/objective.hpp"

#include <cmath>
#include <vector>

namespace descent::engine {

void Objective::advance(const UpdateRule& rule, const StepSequence& steps, std::span<float> w, std::span<float> state) {
  std::vector<float> g(parameters());
  for (std::size_t step = 0; step < steps.rates.size(); ++step) {
    const double value = step_gradient(w, steps, step, g);
    if (!steps.losses.empty()) steps.losses[step] = value - regulariser(w);
    rule.update(w, g, state, steps.context(step));
  }
}

Evaluation Objective::evaluate(std::span<const float> w) {
  std::vector<float> g(parameters());
  Evaluation result;
  result.value = gradient(w, {}, g);
  result.regulariser = regulariser(w);
  double squared = 0;
  for (const float entry : g) squared += static_cast<double>(entry) * entry;
  result.gradient_norm = std::sqrt(squared);
  return result;
}

}  // namespace descent::engine
