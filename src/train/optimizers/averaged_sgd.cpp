#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "descent/train/optimizer.hpp"
#include "train/optimizers/parameters.hpp"

namespace descent::train {
namespace {

/// Plain steps x_t; the weights that are evaluated are an average of all x so far: w_t = w_{t−1} + (η + 1) / (t + η +
/// 1) · (x_t − w_{t−1}). For η = 0 all have equal weight, for η > 0 later ones weigh more.
/// source  Polyak, Juditsky, Acceleration of Stochastic Approximation by Averaging, SIAM J. Control Optim. 30(4), 1992;
///         Ruppert 1988. η: Shamir, Zhang, Stochastic Gradient Descent for Non-smooth Optimization, ICML 2013
class AveragedSgd final : public Optimizer {
 public:
  explicit AveragedSgd(double eta) : eta_(eta) {}
  std::string name() const override { return fmt::format("averaged_sgd(eta={})", core::shortest(eta_)); }
  std::string_view description() const noexcept override {
    return "SGD; what is evaluated is the average of its weights";
  }
  bool full_batch() const override { return false; }
  /// The weights x_t of the plain steps.
  std::size_t state_size(const engine::Objective& objective) const override { return objective.parameters(); }

  void advance(engine::Objective& objective, const engine::StepSequence& steps, std::span<float> w,
               std::span<float> state) const override {
    if (steps.first_step == 0) std::copy(w.begin(), w.end(), state.begin());
    for (std::size_t s = 0; s < steps.rates.size(); ++s) {
      objective.advance(engine::plain_rule(), steps.part(s, 1), state, {});
      const auto t = static_cast<double>(steps.first_step + s + 1);
      const auto share = static_cast<float>((eta_ + 1) / (t + eta_ + 1));
      for (std::size_t j = 0; j < w.size(); ++j) w[j] += share * (state[j] - w[j]);
    }
  }

 private:
  double eta_;
};

const core::Registration<Optimizer> registration{
    "averaged_sgd", [](const core::Arguments& arguments) -> std::unique_ptr<Optimizer> {
      arguments.expect_only({"eta"});
      const double eta = arguments.number("eta", 0);
      if (!(eta >= 0))
        throw core::UsageError(
            fmt::format("{}: eta is {}; expected a number from 0 up", arguments.text, core::shortest(eta)));
      return std::make_unique<AveragedSgd>(eta);
    }};

}  // namespace
}  // namespace descent::train
