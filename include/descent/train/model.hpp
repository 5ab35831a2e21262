#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "descent/core/registry.hpp"
#include "descent/data/dataset.hpp"
#include "descent/engine/engine.hpp"
#include "descent/solve/optimum.hpp"
#include "descent/train/learning_rate.hpp"

namespace descent::train {

/// What a model is trained on. All parts must outlive the objectives that are made from it.
struct Problem {
  const data::Dataset* training = nullptr;    ///< null where there are no data
  const data::Dataset* validation = nullptr;  ///< null, or without rows, if no rows are kept for validation
  const loss::Loss* loss = nullptr;           ///< null where there are no data
  double l2 = 0;
  std::string landscape;  ///< "strict_saddle(sigma=0.01)" if a landscape takes the place of data; else ""
};

/// What is known about a problem before any step.
struct ProblemFacts {
  std::size_t parameters = 0, outputs = 0;  ///< outputs: scores of a row
  bool smooth = true, convex = false;
  double f0 = 0;          ///< f where the run of seed 1 begins, exactly
  bool one_start = true;  ///< do the runs of all seeds begin there?
  /// For a landscape with a saddle: the least eigenvalue of its Hessian there, and the standard deviation of a step's
  /// gradient at batch 1 along its eigenvector.
  std::optional<double> saddle_curvature = {}, saddle_noise = {};
};

/// A family of functions of weights. Each model registers itself; see core::Registry. What a model does not know is
/// absent: the report then has a status, never a zero.
class Model {
 public:
  virtual ~Model() = default;
  virtual std::string_view name() const noexcept = 0;
  virtual std::string_view description() const noexcept = 0;  ///< for people
  /// "" if the model accepts this problem, else the reason, for people.
  virtual std::string refuses(const Problem& problem) const = 0;
  /// The objective of a problem. The parts of `problem`, `engine` and `team` must outlive it.
  virtual std::unique_ptr<engine::Objective> bind(const Problem& problem, const engine::Engine& engine,
                                                  machine::Team& team) const = 0;
  /// Empty if `limits` ended the computation of f0.
  virtual std::optional<ProblemFacts> facts(const Problem& problem, machine::Team& team,
                                            const solve::OptimumOptions& limits) const = 0;
  /// The reference optimum; empty if the model knows none.
  virtual std::optional<solve::Optimum> optimum(const Problem& /*problem*/, machine::Team& /*team*/,
                                                const solve::OptimumOptions& /*options*/) const {
    return std::nullopt;
  }
  /// L, the largest curvature of f.
  virtual std::optional<double> smoothness(const Problem& /*problem*/, const DataConstants& /*data*/) const {
    return std::nullopt;
  }
  /// The rate that theory gives plain steps on batches of this size.
  virtual std::optional<double> theory_rate(const Problem& /*problem*/, const DataConstants& /*data*/,
                                            std::size_t /*batch*/) const {
    return std::nullopt;
  }
  /// Does the model use a loss of scores and labels, so that --loss has a meaning?
  virtual bool has_loss() const { return true; }
  /// Are its examples' gradients slopes times rows (engine::LinearSlopes)?
  virtual bool is_linear() const { return false; }
  /// Are the moments of its examples' gradients known exactly (train/moments.hpp)?
  virtual bool has_exact_moments() const { return false; }
};

using ModelRegistry = core::Registry<Model>;

/// Throws UsageError with the nearest name.
std::unique_ptr<Model> make_model(std::string_view name);

/// The objective of a problem. A sweep makes all its objectives with this function. Throws UsageError with the model's
/// reason if it refuses the problem.
std::unique_ptr<engine::Objective> bind(const Model& model, const Problem& problem, const engine::Engine& engine,
                                        machine::Team& team);

}  // namespace descent::train
