#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/core/text.hpp"
#include "descent/engine/factorisation_objective.hpp"
#include "descent/engine/row_products.hpp"
#include "descent/solve/symmetric_eigen.hpp"
#include "descent/train/model.hpp"

namespace descent::train {
namespace {

// limit of the closed form: with more, the eigenvalues of the dense MᵀM would take minutes
constexpr std::size_t kMostFeatures = 2048;

/// The features of the rows as a product of two thin matrices. Not convex, but its minimum is known in closed form.
class Factorisation final : public Model {
 public:
  explicit Factorisation(std::size_t rank) : rank_(rank), name_(fmt::format("factorisation(rank={})", rank)) {}
  std::string_view name() const noexcept override { return name_; }
  std::string_view description() const noexcept override {
    return "the features as a product of two matrices of that rank; no loss, no labels";
  }
  bool has_loss() const override { return false; }
  std::string refuses(const Problem& problem) const override {
    if (problem.training == nullptr) return "found no data; expected rows";
    const std::size_t most = std::min(problem.training->rows(), engine::factorised_features(*problem.training));
    if (rank_ > most) return fmt::format("found rank {}; expected at most {}, the rank of such data", rank_, most);
    return "";
  }
  std::unique_ptr<engine::Objective> bind(const Problem& problem, const engine::Engine& /*engine*/,
                                          machine::Team& team) const override {
    return engine::make_factorisation(*problem.training, problem.l2, rank_, team);
  }
  std::optional<ProblemFacts> facts(const Problem& problem, machine::Team& team,
                                    const solve::OptimumOptions& /*limits*/) const override {
    const auto objective = engine::make_factorisation(*problem.training, problem.l2, rank_, team);
    std::vector<float> start(objective->parameters());
    objective->initial(1, start);
    ProblemFacts facts;
    facts.parameters = start.size(), facts.outputs = rank_;
    facts.f0 = objective->value(start);
    facts.one_start = false;
    return facts;
  }
  /// The best approximation of that rank keeps the largest singular values σ, each reduced by n · l2, since the
  /// regulariser equals l2 times their sum: f* = Σ over those kept of (min(σ, n l2))²/(2n) + l2 max(σ − n l2, 0), plus
  /// Σ σ²/(2n) over the rest. source Eckart, Young, Psychometrika 1, 1936; with the regulariser: Srebro, Rennie,
  /// Jaakkola, Maximum-Margin Matrix
  ///         Factorization, NIPS 2004
  std::optional<solve::Optimum> optimum(const Problem& problem, machine::Team& /*team*/,
                                        const solve::OptimumOptions& /*options*/) const override {
    const data::Dataset& data = *problem.training;
    const std::size_t d = engine::factorised_features(data), width = data.width();
    if (d > kMostFeatures) return std::nullopt;
    const auto n = static_cast<double>(data.rows());
    const std::vector<double> ones(data.rows(), 1.0);
    std::vector<double> gram(width * width), square(d * d);
    engine::make_row_products(data.features)->add_gram(ones.data(), gram.data());
    for (std::size_t j = 0; j < d; ++j)  // the bias is the last column and is left out
      for (std::size_t i = j; i < d; ++i) square[j * d + i] = gram[j * width + i];
    std::vector<double> values = solve::symmetric_eigen(square, d, false).values;
    std::sort(values.rbegin(), values.rend());
    double least = 0;
    for (std::size_t k = 0; k < d; ++k) {
      const double sigma = std::sqrt(std::max(0.0, values[k])), less = std::min(sigma, n * problem.l2);
      least += k < rank_ ? less * less / (2 * n) + problem.l2 * (sigma - less) : sigma * sigma / (2 * n);
    }
    solve::Optimum optimum;
    optimum.kind = record::OptimumKind::certified;
    optimum.solver = "closed form (singular values)";
    optimum.value = least;
    optimum.gap = 1e-12 * std::max(0.0, values.front()) / (2 * n) * static_cast<double>(d);
    return optimum;
  }

 private:
  std::size_t rank_;
  std::string name_;
};

const core::Registration<Model> registration{
    "factorisation", [](const core::Arguments& arguments) -> std::unique_ptr<Model> {
      arguments.expect_only({"rank"});
      const double rank = arguments.number("rank", 4);
      if (!(rank >= 1 && rank <= 1024) || rank != static_cast<double>(static_cast<std::size_t>(rank)))
        throw core::UsageError(fmt::format("{}: rank is {}; expected a whole number from 1 to 1,024", arguments.text,
                                           core::shortest(rank)));
      return std::make_unique<Factorisation>(static_cast<std::size_t>(rank));
    }};

}  // namespace
}  // namespace descent::train
