#include "descent/train/landscape.hpp"

#include <array>

#include "descent/train/model.hpp"

namespace descent::train {
namespace {

/// A function of two weights, without data.
class LandscapeModel final : public Model {
 public:
  std::string_view name() const noexcept override { return "landscape"; }
  std::string_view description() const noexcept override { return "a function of two weights, without data"; }
  std::string refuses(const Problem& problem) const override {
    return problem.landscape.empty() ? "found data; expected --data landscape:NAME" : "";
  }
  std::unique_ptr<engine::Objective> bind(const Problem& problem, const engine::Engine& /*engine*/,
                                          machine::Team& /*team*/) const override {
    return make_landscape(problem.landscape);
  }
  std::optional<ProblemFacts> facts(const Problem& problem, machine::Team& /*team*/,
                                    const solve::OptimumOptions& /*limits*/) const override {
    const auto landscape = make_landscape(problem.landscape);
    std::array<float, 2> start{};
    landscape->initial(0, start);
    ProblemFacts facts{landscape->parameters(), 1, true, false, landscape->value(start)};
    if (const auto saddle = landscape->saddle()) {
      facts.saddle_curvature = landscape->hessian_at(saddle->at).least_eigenvalue();
      facts.saddle_noise = landscape->sigma();
    }
    return facts;
  }
  std::optional<solve::Optimum> optimum(const Problem& problem, machine::Team& /*team*/,
                                        const solve::OptimumOptions& /*options*/) const override {
    const std::optional<double> minimum = make_landscape(problem.landscape)->minimum();
    if (!minimum) return std::nullopt;
    solve::Optimum optimum;
    optimum.kind = record::OptimumKind::certified;
    optimum.solver = "closed form";
    optimum.value = minimum;
    optimum.gap = 0;
    return optimum;
  }
};

const core::Registration<Model> registration{"landscape",
                                             [](const core::Arguments& arguments) -> std::unique_ptr<Model> {
                                               arguments.expect_only({});
                                               return std::make_unique<LandscapeModel>();
                                             }};

}  // namespace
}  // namespace descent::train
