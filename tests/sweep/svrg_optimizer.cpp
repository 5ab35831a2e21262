#include <algorithm>
#include <vector>

#include "descent/train/optimizer.hpp"

// An optimizer that is registered only in the tests. This file is all that a sweep needs to run it.

namespace descent::sweep {
namespace {

/// Variance reduction (Johnson and Zhang 2013). Every kPeriod steps it stores the weights and their gradient on all
/// rows. All steps go along g_B(w) − g_B(stored weights) + the stored gradient. No elementwise rule can do this, so it
/// takes its steps itself.
class Svrg final : public train::Optimizer {
 public:
  std::string name() const override { return "test_svrg"; }
  std::string_view description() const noexcept override { return "variance reduction, for tests"; }
  bool full_batch() const override { return false; }
  std::size_t state_size(const engine::Objective& objective) const override { return 2 * objective.parameters(); }
  double rows_per_step(std::size_t n, std::size_t batch) const override {
    return 2 * static_cast<double>(batch) + static_cast<double>(n) / kPeriod;
  }
  void advance(engine::Objective& objective, const engine::StepSequence& steps, std::span<float> w,
               std::span<float> state) const override {
    const std::size_t p = w.size();
    const std::span<float> kept = state.first(p), mean = state.last(p);
    std::vector<float> here(p), there(p);
    for (std::size_t s = 0; s < steps.rates.size(); ++s) {
      if ((steps.first_step + s) % kPeriod == 0) {
        std::copy(w.begin(), w.end(), kept.begin());
        objective.gradient(kept, {}, mean);
      }
      const double value = objective.step_gradient(w, steps, s, here);
      if (!steps.losses.empty()) steps.losses[s] = value - objective.regulariser(w);
      objective.step_gradient(kept, steps, s, there);
      for (std::size_t j = 0; j < p; ++j) w[j] -= static_cast<float>(steps.rates[s]) * (here[j] - there[j] + mean[j]);
    }
  }

 private:
  static constexpr std::uint64_t kPeriod = 20;
};

const core::Registration<train::Optimizer> registration{
    "test_svrg", [](const core::Arguments& arguments) -> std::unique_ptr<train::Optimizer> {
      arguments.expect_only({});
      return std::make_unique<Svrg>();
    }};

}  // namespace
}  // namespace descent::sweep
