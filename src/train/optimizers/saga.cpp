#include <algorithm>
#include <vector>

#include "descent/train/optimizer.hpp"
#include "train/optimizers/parameters.hpp"

namespace descent::train {
namespace {

/// Variance reduction. A table keeps the slopes that each row had when it was last read. A step goes along the batch's
/// gradient minus the gradient of its stored slopes plus the mean gradient of the whole table; its noise vanishes as
/// the slopes converge. The table has n × outputs numbers, and starts at 0.
/// source  Defazio, Bach, Lacoste-Julien, SAGA: A Fast Incremental Gradient Method With Support for Non-Strongly Convex
///         Composite Objectives, NIPS 2014
class Saga final : public Optimizer {
 public:
  std::string name() const override { return "saga"; }
  std::string_view description() const noexcept override {
    return "variance reduction by a table of each row's last slopes; linear models only";
  }
  bool full_batch() const override { return false; }
  bool needs_rows() const override { return true; }
  bool needs_linear_model() const override { return true; }
  bool keeps_slopes() const override { return true; }
  /// The mean gradient of the table, then the table.
  std::size_t state_size(const engine::Objective& objective) const override {
    const engine::LinearSlopes& linear = slopes_of(const_cast<engine::Objective&>(objective), name());
    return objective.parameters() + objective.examples() * linear.outputs();
  }

  void advance(engine::Objective& objective, const engine::StepSequence& steps, std::span<float> w,
               std::span<float> state) const override {
    const engine::LinearSlopes& linear = slopes_of(objective, name());
    const std::size_t p = w.size(), outputs = linear.outputs(), n = objective.examples();
    const std::span<float> mean = state.first(p), table = state.subspan(p);
    std::vector<float> now(steps.batch * outputs), change(now.size()), again(now.size()), direction(p), repeated(p);
    const auto l2 = static_cast<float>(linear.l2());
    for (std::size_t s = 0; s < steps.rates.size(); ++s) {
      const std::span<const std::uint32_t> rows = steps.rows_of(s);
      const double loss = linear.slopes(w, rows, now);
      if (!steps.losses.empty()) steps.losses[s] = loss / static_cast<double>(rows.size());
      // A row that was drawn twice counts twice in the step, but changes the table once. Batches are sorted.
      bool repeats = false;
      for (std::size_t r = 0; r < rows.size(); ++r) {
        const bool first = r == 0 || rows[r] != rows[r - 1];
        repeats |= !first;
        for (std::size_t k = 0; k < outputs; ++k) {
          const float difference = now[r * outputs + k] - table[rows[r] * outputs + k];
          change[r * outputs + k] = first ? difference : 0;
          again[r * outputs + k] = first ? 0 : difference;
        }
      }
      std::fill(direction.begin(), direction.end(), 0.0F);
      linear.add(change, rows, direction);
      const auto rate = static_cast<float>(steps.rates[s]);
      const auto batch_share = 1 / static_cast<float>(rows.size()), share = 1 / static_cast<float>(n);
      if (repeats) {
        std::fill(repeated.begin(), repeated.end(), 0.0F);
        linear.add(again, rows, repeated);
      }
      for (std::size_t j = 0; j < p; ++j) {
        const float drawn = direction[j] + (repeats ? repeated[j] : 0);
        w[j] -= rate * (batch_share * drawn + mean[j] + l2 * w[j]);
        mean[j] += share * direction[j];
      }
      for (std::size_t r = 0; r < rows.size(); ++r)
        std::copy_n(now.begin() + static_cast<std::ptrdiff_t>(r * outputs), outputs,
                    table.begin() + static_cast<std::ptrdiff_t>(rows[r] * outputs));
    }
  }
};

const core::Registration<Optimizer> registration{"saga",
                                                 [](const core::Arguments& arguments) -> std::unique_ptr<Optimizer> {
                                                   arguments.expect_only({});
                                                   return std::make_unique<Saga>();
                                                 }};

}  // namespace
}  // namespace descent::train
