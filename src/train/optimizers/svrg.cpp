#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "descent/train/optimizer.hpp"
#include "train/optimizers/parameters.hpp"

namespace descent::train {
namespace {

/// Variance reduction: every `passes` passes over the rows it stores the weights and the gradient over all rows there.
/// Steps in between go along g_B(w) − g_B(stored) + g(stored), whose noise vanishes as w approaches the stored weights.
/// source  Johnson, Zhang, Accelerating Stochastic Gradient Descent using Predictive Variance Reduction, NIPS 2013
///         (option I, 2n rows between: their choice for convex problems)
class Svrg final : public Optimizer {
 public:
  explicit Svrg(double passes) : passes_(passes) {}
  std::string name() const override { return fmt::format("svrg(passes={})", core::shortest(passes_)); }
  std::string_view description() const noexcept override {
    return "variance reduction: batches correct a gradient of all rows, taken every `passes` passes";
  }
  bool full_batch() const override { return false; }
  bool needs_rows() const override { return true; }
  /// The stored weights and their gradient.
  std::size_t state_size(const engine::Objective& objective) const override { return 2 * objective.parameters(); }
  double rows_per_step(std::size_t n, std::size_t batch) const override {
    return 2 * static_cast<double>(batch) + static_cast<double>(n) / static_cast<double>(period(n, batch));
  }

  void advance(engine::Objective& objective, const engine::StepSequence& steps, std::span<float> w,
               std::span<float> state) const override {
    const std::size_t p = w.size(), n = objective.examples();
    const std::uint64_t every = period(n, steps.rows.empty() ? n : steps.batch);
    const std::span<float> kept = state.first(p), mean = state.last(p);
    std::vector<float> here(p), there(p);
    for (std::size_t s = 0; s < steps.rates.size(); ++s) {
      if ((steps.first_step + s) % every == 0) {
        std::copy(w.begin(), w.end(), kept.begin());
        objective.gradient(kept, {}, mean);
      }
      const double value = objective.step_gradient(w, steps, s, here);
      if (!steps.losses.empty()) steps.losses[s] = value - objective.regulariser(w);
      objective.step_gradient(kept, steps, s, there);
      const auto rate = static_cast<float>(steps.rates[s]);
      for (std::size_t j = 0; j < p; ++j) w[j] -= rate * (here[j] - there[j] + mean[j]);
    }
  }

 private:
  /// Steps from one gradient of all rows to the next.
  std::uint64_t period(std::size_t n, std::size_t batch) const {
    const double steps = passes_ * static_cast<double>(n) / static_cast<double>(std::max<std::size_t>(batch, 1));
    return static_cast<std::uint64_t>(std::max(1.0, std::round(steps)));
  }

  double passes_;
};

const core::Registration<Optimizer> registration{"svrg",
                                                 [](const core::Arguments& arguments) -> std::unique_ptr<Optimizer> {
                                                   arguments.expect_only({"passes"});
                                                   return std::make_unique<Svrg>(positive(arguments, "passes", 2));
                                                 }};

}  // namespace
}  // namespace descent::train
