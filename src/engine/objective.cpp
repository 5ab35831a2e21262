#include "descent/engine/objective.hpp"

#include <cmath>
#include <vector>

namespace descent::engine {

void Objective::advance(const UpdateRule& rule, const StepSequence& steps, std::span<float> w, std::span<float> state) {
  std::vector<float> g(parameters());
  for (std::size_t step = 0; step < steps.rates.size(); ++step) {
    const auto rows = steps.rows.empty() ? steps.rows : steps.rows.subspan(step * steps.batch, steps.batch);
    const double loss = gradient(w, rows, g);
    if (!steps.losses.empty()) steps.losses[step] = loss;
    rule.update(w, g, state, static_cast<float>(steps.rates[step]));
  }
}

Evaluation Objective::evaluate(std::span<const float> w) {
  std::vector<float> g(parameters());
  Evaluation result;
  result.value = gradient(w, {}, g);
  double squared = 0;
  for (const float entry : g) squared += static_cast<double>(entry) * entry;
  result.gradient_norm = std::sqrt(squared);
  return result;
}

}  // namespace descent::engine
