#include "descent/engine/linear_objective.hpp"
#include "descent/train/model.hpp"

namespace descent::train {
namespace {

/// One output per class (or one, for two classes): the scores of a row are W x.
class Linear final : public Model {
 public:
  std::string_view name() const noexcept override { return "linear"; }
  std::string_view description() const noexcept override { return "scores W x, one output per class"; }
  std::string refuses(const Problem& problem) const override {
    return problem.training == nullptr || problem.loss == nullptr ? "found no data; expected rows and a loss" : "";
  }
  std::unique_ptr<engine::Objective> bind(const Problem& problem, const engine::Engine& engine,
                                          machine::Team& team) const override {
    static const data::Dataset none;
    return std::make_unique<engine::LinearObjective>(*problem.training,
                                                     problem.validation == nullptr ? none : *problem.validation,
                                                     *problem.loss, problem.l2, engine, team);
  }
  std::optional<ProblemFacts> facts(const Problem& problem, machine::Team& team,
                                    const solve::OptimumOptions& limits) const override {
    const engine::LinearProblem linear{*problem.training, *problem.loss, problem.l2};
    const loss::LossTraits traits = problem.loss->traits();
    const auto f0 = solve::starting_value(*problem.training, *problem.loss, problem.l2, team, limits);
    if (!f0) return std::nullopt;
    return ProblemFacts{linear.parameters(), linear.outputs(), traits.smooth, traits.convex, *f0};
  }
  std::optional<solve::Optimum> optimum(const Problem& problem, machine::Team& team,
                                        const solve::OptimumOptions& options) const override {
    return solve::solve_optimum(*problem.training, *problem.loss, problem.l2, team, options);
  }
  std::optional<double> smoothness(const Problem& problem, const DataConstants& data) const override {
    return smoothness_constant(problem.loss->traits(), data, problem.l2);
  }
  std::optional<double> theory_rate(const Problem& problem, const DataConstants& data,
                                    std::size_t batch) const override {
    return reference_rate(problem.loss->traits(), data, problem.l2, batch);
  }
  bool is_linear() const override { return true; }
  bool has_exact_moments() const override { return true; }
};

const core::Registration<Model> registration{"linear", [](const core::Arguments& arguments) -> std::unique_ptr<Model> {
                                               arguments.expect_only({});
                                               return std::make_unique<Linear>();
                                             }};

}  // namespace
}  // namespace descent::train
