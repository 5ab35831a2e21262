#include "engine/planned_kernel.hpp"

#include "descent/engine/linear_objective.hpp"

namespace descent::engine {

double PlannedKernel::gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) {
  const std::size_t batch = batch_of(rows, rows.size());
  double loss = 0;
  Call call;
  call.rows = rows.empty() ? nullptr : rows.data();
  call.losses = &loss;
  prepare(batch, call);
  take_weights(w);
  run(call);
  give_gradient(out);
  return loss / static_cast<double>(batch) + l2_term(problem().l2, w);
}

void PlannedKernel::advance(const UpdateRule& rule, const StepSequence& steps, std::span<float> w,
                            std::span<float> state) {
  if (steps.rates.empty()) return;
  const std::size_t batch = batch_of(steps.rows, steps.batch);
  Call call;
  call.rows = steps.rows.empty() ? nullptr : steps.rows.data();
  call.steps = steps.rates.size();
  call.rates = steps.rates.data();
  call.first_step = steps.first_step;
  call.losses = steps.losses.empty() ? nullptr : steps.losses.data();
  call.rule = &rule;
  prepare(batch, call);
  take_weights(w);
  take_state(rule.state_per_parameter(), state);
  run(call);
  give_weights(w);
  give_state(state);
  for (double& loss : steps.losses) loss /= static_cast<double>(batch);
}

PassSums PlannedKernel::pass(std::span<const float> w, std::span<float> gradient) {
  const TileSums total = look(w, Wanted::active, gradient);
  return {total.loss, total.active};
}

std::size_t PlannedKernel::correct(std::span<const float> w) { return look(w, Wanted::correct, {}).correct; }

TileSums PlannedKernel::look(std::span<const float> w, Wanted wanted, std::span<float> gradient) {
  Call call;
  call.wants_gradient = !gradient.empty();
  call.wanted = wanted;
  prepare(problem().data.rows(), call);
  take_weights(w);
  run(call);
  if (call.wants_gradient) give_gradient(gradient);
  TileSums total;
  for (std::size_t b = 0; b < row_blocks(); ++b) total += sums_[b];
  return total;
}

}  // namespace descent::engine
