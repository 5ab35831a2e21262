// Solvers with losses that were written after them: a solver assumes nothing that a loss does not tell.
#include <gtest/gtest.h>

#include <algorithm>

#include "descent/solve/optimum.hpp"
#include "loss/one_versus_rest.hpp"
#include "record/words.hpp"

namespace descent::solve {
namespace {

/// The quantile loss (Koenker and Bassett 1978) of one output: max(τ (t − s), (τ − 1)(t − s)). It tells solvers its box
/// form only if `answers` is true.
class Quantile final : public loss::OneVersusRestLoss {
 public:
  Quantile(double share, bool answers) : share_(share), answers_(answers) {}
  std::string_view name() const noexcept override { return "quantile"; }
  std::string_view formula() const noexcept override { return "max(q r, (q - 1) r), r = t - s"; }
  std::string_view source() const noexcept override { return "Koenker and Bassett, Regression Quantiles (1978)"; }
  loss::LossTraits traits() const noexcept override {
    return {.family = loss::LossTraits::Family::distance, .smooth = false, .smoothness = 1};
  }
  loss::LossCost cost(std::size_t outputs) const noexcept override { return output_cost(outputs, 3, 0); }
  double differentiate(loss::ScoreTile, std::span<const std::int32_t>) const noexcept override { return 0; }
  double differentiate_row(std::span<float>, std::int32_t) const noexcept override { return 0; }
  double sum(loss::ScoreTile, std::span<const std::int32_t>) const noexcept override { return 0; }
  std::optional<bool> recedes() const noexcept override { return answers_ ? std::optional(false) : std::nullopt; }
  std::optional<loss::BoxDual> box_dual() const noexcept override {
    if (!answers_) return {};
    return loss::BoxDual{.low = share_ - 1, .high = share_, .offset = 0};
  }

 protected:
  Oracle oracle(double score, double target) const noexcept override {
    const double r = target - score;
    return {std::max(share_ * r, (share_ - 1) * r), r > 0 ? -share_ : r < 0 ? 1 - share_ : 0, 0};
  }
  std::optional<double> output_conjugate(double& u, double target) const noexcept override {
    if (!answers_) return {};
    u = std::clamp(u, -share_, 1 - share_);
    return target * u;
  }

 private:
  double share_;
  bool answers_;
};

/// Eight rows with a constant, and labels of both classes.
data::Dataset rows() {
  data::Dataset data;
  data.classes = 2;
  data.features = core::Matrix<float>(8, 3);
  for (std::size_t i = 0; i < 8; ++i) {
    data.features(i, 0) = static_cast<float>(5 * i % 7) / 4 - 0.75F;
    data.features(i, 1) = static_cast<float>(3 * i % 5) / 4 - 0.5F;
    data.features(i, 2) = 1;
  }
  data.labels = {0, 1, 1, 0, 1, 0, 0, 1};
  return data;
}

Optimum solve(const loss::Loss& loss, double l2) {
  machine::Team team({.threads = 1, .pin = false, .oversubscribe = true});
  return solve_optimum(rows(), loss, l2, team, {});
}

// If the loss tells its box form, its value is certified. If it tells nothing, it is minimised as well as possible, and
// no bound is claimed. Source of the values, in exact fractions: for l2 = 0 every vertex of the linear program was
// tried, and otherwise every set of rows at kinks, with the conditions of Karush, Kuhn and Tucker.
TEST(LossesThatSolversNeverSaw, AreCertifiedByWhatTheyTellAndBestKnownWithout) {
  struct Known {
    double l2, value;
  };
  for (const Known& known : {Known{0.01, 16551.0 / 48400}, {0, 291.0 / 880}}) {
    const Optimum told = solve(Quantile(0.45, true), known.l2);
    EXPECT_EQ(told.kind, "certified") << known.l2;
    EXPECT_NEAR(told.value.value(), known.value, 1e-7) << known.l2;
    EXPECT_TRUE(told.gap.value() <= 1e-6 * *told.value) << known.l2 << ' ' << *told.gap;
    const Optimum silent = solve(Quantile(0.45, false), known.l2);
    EXPECT_EQ(silent.kind, "best_known") << known.l2;
    EXPECT_FALSE(silent.gap.has_value()) << known.l2;
    EXPECT_NE(silent.note, "") << known.l2;
    EXPECT_TRUE(silent.value.value() >= known.value - 1e-12 && *silent.value <= 1.1 * known.value)
        << known.l2 << ' ' << *silent.value;
  }
}

}  // namespace
}  // namespace descent::solve
