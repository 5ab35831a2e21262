#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "descent/engine/objective.hpp"
#include "descent/record/tables.hpp"
#include "descent/record/word_sets.hpp"
#include "descent/train/optimizer.hpp"
#include "descent/train/sampler.hpp"
#include "descent/train/schedule.hpp"

namespace descent::train {

/// The one evaluation grid: steps 0–16, then ratio 2^(1/8), rounded; the same for every cell.
std::int64_t grid_step(std::size_t index);

/// Most steps between two grid points that TrainOptions::exact_at evaluates.
inline constexpr std::int64_t kMostExactSteps = 512;

/// Most steps between grid points that are evaluated for one value of TrainOptions::close_to.
inline constexpr int kMostCloseLooks = 64;

/// Which parts of an evaluation are computed: f alone costs half a pass.
enum class Metrics { value, all };

struct TrainOptions {
  Sampling sampling = Sampling::reshuffle;  ///< none: full-batch gradient descent
  std::size_t batch = 0;  ///< ignored for Sampling::none; for a landscape: the batch size of its noise, 0: no noise
  Schedule schedule;
  std::uint64_t seed = 0;
  std::span<const float> start;  ///< weights to begin with; empty: Objective::initial
  /// The run ends at this step. If it is still undecided then whether f had reached a value, the run goes on, at most
  /// to the first evaluation from √2 times as many steps on.
  std::int64_t max_steps = 0;
  /// The run stops once f has reached this value and stayed there (stats::PassageWatch); empty: runs to max_steps.
  std::optional<double> stop_value;
  /// A value that f is never below. It lets a run end as soon as it is clear that f cannot stay at stop_value.
  double least_value = -std::numeric_limits<double>::infinity();
  /// For a tuning trial that is slower than the incumbent: the run stops when it has taken this many steps and no
  /// earlier step, nor the first evaluation after them, can still turn out to be its passage of stop_value.
  std::optional<std::int64_t> abandon_after;
  /// For a run whose end the observer decides. Called at the last evaluation before max_steps and at those after it;
  /// while it returns true, the run goes on.
  std::function<bool()> unsettled;
  bool every_step = false;  ///< --passage exact: evaluate after every step
  /// For full-batch descent: values of f whose first passage has to be known to a single step. If two grid points
  /// enclose such a value, every step between them is evaluated too, provided that there are at most kMostExactSteps.
  std::vector<double> exact_at;
  /// Values of f, above least_value, around whose passage steps between the grid points are evaluated too. The grid's
  /// intervals are quartered from the point where f − least_value is less than twice that of the value, until f has
  /// reached the value and stayed there, with at most kMostCloseLooks more evaluations. These are not part of the hash.
  std::vector<double> close_to;
  /// other evaluation points: increasing steps from 0 on; empty: grid_step()
  std::function<std::int64_t(std::size_t)> grid;
  Metrics metrics = Metrics::all;
  /// f at the start, if it is known. With Metrics::value it is then used at the start and at the points before
  /// look_from, which are not evaluated.
  std::optional<double> f0;
  std::int64_t look_from = 0;
  bool hash_weights = true;
  bool keep_batch_losses = true;
  std::size_t first_batch_losses = 0;         ///< the batch losses of this many first steps are kept
  const std::atomic<bool>* cancel = nullptr;  ///< checked between grid points
  /// Called at each evaluation point with (step, weights, evaluation).
  std::function<void(std::int64_t, std::span<const float>, const engine::Evaluation&)> observe;
};

/// Why train ended. none: it has not; abandoned: it took more steps than abandon_after; cancelled: from outside.
DESCENT_WORDS(Ending, none, target, budget, abandoned, diverged, cancelled)

struct Trace {
  Ending stop = {};
  std::int64_t steps = 0;
  record::Curve curve;
  std::string weights_hash;
  double train_seconds = 0;  ///< seconds of the steps alone
  double evaluate_seconds = 0;
  std::vector<record::Real> first_batch_losses;  ///< with the l2 term as of the last evaluation before the step
  std::optional<double> batch_uphill_fraction;   ///< share of steps at which the batch loss rises, over all steps
  std::vector<float> weights;                    ///< at the end of the run
};

/// Trains from Objective::initial, or from the weights in the options. Full-batch gradient descent is the case batch ==
/// n of the same loop. The clock stops during evaluation, sampling and hashing. A run has diverged if at a grid point
/// weights or value are not finite, or the value is > 10³ × f₀.
Trace train(engine::Objective& objective, const Optimizer& optimizer, const TrainOptions& options);

}  // namespace descent::train
