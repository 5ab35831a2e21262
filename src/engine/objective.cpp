#include "descent/engine/objective.hpp"

#include <cmath>
#include <vector>

#include "engine/evaluation.hpp"

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
  const double value = gradient(w, {}, g);
  return evaluation_of(value, regulariser(w), g);
}

Evaluation evaluation_of(double value, double regulariser, std::span<const float> gradient) noexcept {
  Evaluation result;
  result.value = value;
  result.regulariser = regulariser;
  double squared = 0;
  for (const float entry : gradient) squared += static_cast<double>(entry) * entry;
  result.gradient_norm = std::sqrt(squared);
  return result;
}

}  // namespace descent::engine
