#include <fmt/format.h>

#include "descent/core/text.hpp"
#include "descent/engine/network_objective.hpp"
#include "descent/train/model.hpp"

namespace descent::train {
namespace {

/// A hidden layer between rows and scores. The objective is not convex, so no optimum is certified.
class Network final : public Model {
 public:
  explicit Network(const engine::NetworkShape& shape)
      : shape_(shape),
        name_(fmt::format("network(hidden={},activation={})", shape.hidden, activation_name(shape.activation))) {}
  std::string_view name() const noexcept override { return name_; }
  std::string_view description() const noexcept override { return "scores by one hidden layer, relu or tanh"; }
  std::string refuses(const Problem& problem) const override {
    return problem.training == nullptr || problem.loss == nullptr ? "found no data; expected rows and a loss" : "";
  }
  std::unique_ptr<engine::Objective> bind(const Problem& problem, const engine::Engine& /*engine*/,
                                          machine::Team& team) const override {
    static const data::Dataset none;
    return engine::make_network(*problem.training, problem.validation == nullptr ? none : *problem.validation,
                                *problem.loss, problem.l2, shape_, team);
  }
  std::optional<ProblemFacts> facts(const Problem& problem, machine::Team& team,
                                    const solve::OptimumOptions& /*limits*/) const override {
    static const data::Dataset none;
    const auto objective = engine::make_network(*problem.training, none, *problem.loss, problem.l2, shape_, team);
    std::vector<float> start(objective->parameters());
    objective->initial(1, start);
    ProblemFacts facts;
    facts.parameters = start.size();
    facts.outputs = problem.loss->outputs(problem.training->classes);
    facts.smooth = problem.loss->traits().smooth && shape_.activation == engine::Activation::tanh;
    facts.convex = false;
    facts.f0 = objective->value(start);
    facts.one_start = false;
    return facts;
  }

 private:
  engine::NetworkShape shape_;
  std::string name_;
};

const core::Registration<Model> registration{
    "network", [](const core::Arguments& arguments) -> std::unique_ptr<Model> {
      arguments.expect_only({"hidden", "activation"});
      engine::NetworkShape shape;
      const double hidden = arguments.number("hidden", 128);
      if (!(hidden >= 1 && hidden <= 65536) || hidden != static_cast<double>(static_cast<std::size_t>(hidden)))
        throw core::UsageError(fmt::format("{}: hidden is {}; expected a whole number from 1 to 65,536", arguments.text,
                                           core::shortest(hidden)));
      shape.hidden = static_cast<std::size_t>(hidden);
      if (const auto given = arguments.values.find("activation"); given != arguments.values.end())
        shape.activation = engine::parse_activation(given->second);
      return std::make_unique<Network>(shape);
    }};

}  // namespace
}  // namespace descent::train
