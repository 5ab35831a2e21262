#include "descent/core/random.hpp"
#include "descent/train/model.hpp"

// A model that is registered only in the tests, and that knows neither its optimum nor a learning rate.

namespace descent::sweep {
namespace {

/// f(w) = (1/N) Σ ½ (x_iᵀw − y_i)² + (l2/2)‖w‖², where y_i is the index of the label. Each seed has its own start.
class Regression final : public engine::Objective {
 public:
  Regression(const data::Dataset& data, double l2) : data_(data), l2_(l2) {}
  std::size_t parameters() const override { return data_.width(); }
  std::size_t examples() const override { return data_.rows(); }
  void initial(std::uint64_t seed, std::span<float> w) const override {
    core::CounterRandom random(seed, core::Purpose::noise);
    for (float& weight : w) weight = static_cast<float>(0.1 * random.next_normal());
  }
  double value(std::span<const float> w) override {
    std::vector<float> unused(w.size());
    return gradient(w, {}, unused);
  }
  double gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) override {
    const std::size_t n = rows.empty() ? data_.rows() : rows.size();
    std::vector<double> sum(w.size());
    double value = 0;
    for (std::size_t b = 0; b < n; ++b) {
      const std::size_t i = rows.empty() ? b : rows[b];
      double r = -data_.labels[i];
      for (std::size_t j = 0; j < w.size(); ++j) r += static_cast<double>(data_.features(i, j)) * w[j];
      for (std::size_t j = 0; j < w.size(); ++j) sum[j] += r * data_.features(i, j);
      value += 0.5 * r * r;
    }
    for (std::size_t j = 0; j < w.size(); ++j)
      out[j] = static_cast<float>(sum[j] / static_cast<double>(n) + l2_ * w[j]);
    return value / static_cast<double>(n) + regulariser(w);
  }
  double regulariser(std::span<const float> w) const override {
    double squares = 0;
    for (const float weight : w) squares += static_cast<double>(weight) * weight;
    return 0.5 * l2_ * squares;
  }
  engine::Cost cost(std::size_t batch) const override {
    return {4.0 * static_cast<double>(batch * data_.width()), 4.0 * static_cast<double>(batch * data_.width())};
  }

 private:
  const data::Dataset& data_;
  double l2_;
};

class RegressionModel final : public train::Model {
 public:
  std::string_view name() const noexcept override { return "regression"; }
  std::string_view description() const noexcept override { return "least squares on the labels' numbers, for tests"; }
  std::string refuses(const train::Problem& problem) const override {
    return problem.training == nullptr ? "found no data; expected rows" : "";
  }
  std::unique_ptr<engine::Objective> bind(const train::Problem& problem, const engine::Engine& /*engine*/,
                                          machine::Team& /*team*/) const override {
    return std::make_unique<Regression>(*problem.training, problem.l2);
  }
  std::optional<train::ProblemFacts> facts(const train::Problem& problem, machine::Team& /*team*/,
                                           const solve::OptimumOptions& /*limits*/) const override {
    Regression objective(*problem.training, problem.l2);
    std::vector<float> w(objective.parameters());
    objective.initial(1, w);
    train::ProblemFacts facts;
    facts.parameters = objective.parameters(), facts.outputs = 1;
    facts.f0 = objective.value(w);
    facts.one_start = false;
    return facts;
  }
};

const core::Registration<train::Model> registration{
    "regression", [](const core::Arguments& arguments) -> std::unique_ptr<train::Model> {
      arguments.expect_only({});
      return std::make_unique<RegressionModel>();
    }};

}  // namespace
}  // namespace descent::sweep
