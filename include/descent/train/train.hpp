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
#include "descent/train/optimizer.hpp"
#include "descent/train/sampler.hpp"
#include "descent/train/schedule.hpp"

namespace descent::train {

/// The one evaluation grid: steps 0–16, then ratio 2^(1/8), rounded; the same for every cell.
std::int64_t grid_step(std::size_t index);

/// Most steps between two grid points that TrainOptions::exact_at has looked at.
inline constexpr std::int64_t kMostExactSteps = 512;

/// Most steps between grid points that are looked at for one of TrainOptions::close_to.
inline constexpr int kMostCloseLooks = 64;

/// Which parts of an evaluation are wanted: f alone costs half a pass.
enum class Metrics { value, all };

struct TrainOptions {
  Sampling sampling = Sampling::reshuffle;  ///< none: full-batch gradient descent
  std::size_t batch = 0;  ///< ignored for Sampling::none; of a landscape: what divides its noise, 0: no noise
  Schedule schedule;
  std::uint64_t seed = 0;
  std::span<const float> start;  ///< weights to begin from; empty: Objective::initial
  /// The run ends at this step. Where something is open that more steps may settle, it goes on instead, at most to the
  /// first look at √2 times as many: whether f came to a value before it.
  std::int64_t max_steps = 0;
  /// Stops once f has come to this value and stayed (stats::PassageWatch); none: runs to max_steps.
  std::optional<double> stop_value;
  /// What f is never below: lets a run end as soon as it cannot stay at stop_value any more.
  double least_value = -std::numeric_limits<double>::infinity();
  /// Stops as soon as `abandon_after` steps are taken and no step up to the first look beyond them can still turn out
  /// to be where it came to stop_value (a tuning trial beyond the incumbent).
  std::optional<std::int64_t> abandon_after;
  /// Asked at the last look before max_steps and at those beyond: is something still to be settled? For a run whose end
  /// the observer decides.
  std::function<bool()> unsettled;
  bool every_step = false;  ///< --passage exact: evaluate after every step
  /// Of full-batch descent: values of f whose first passage is to be known to a step. Where two grid points enclose
  /// one, every step between them is evaluated too, if there are no more than kMostExactSteps.
  std::vector<double> exact_at;
  /// Values of f, above least_value, around whose passage steps between the grid points are looked at too: the grid's
  /// intervals are quartered from where f − least_value is under twice that of the value until f has come to it and
  /// stayed, up to kMostCloseLooks more looks. They are not hashed.
  std::vector<double> close_to;
  std::function<std::int64_t(std::size_t)> grid;  ///< other evaluation points: increasing steps from 0; none: the grid
  Metrics metrics = Metrics::all;
  /// f at the start, where it is known. With Metrics::value it then counts at the start and at the points before
  /// look_from, which are not evaluated.
  std::optional<double> f0;
  std::int64_t look_from = 0;
  bool hash_weights = true;
  bool keep_batch_losses = true;
  std::size_t first_batch_losses = 0;  ///< so many of the first steps' batch losses are kept, one after the other
  const std::atomic<bool>* cancel = nullptr;  ///< checked between grid points
  /// Called at each evaluation point with (step, weights, evaluation).
  std::function<void(std::int64_t, std::span<const float>, const engine::Evaluation&)> observe;
};

struct Trace {
  std::string status;  ///< completed, diverged
  std::string stop;    ///< target, budget, abandoned, diverged, cancelled
  std::int64_t steps = 0;
  record::Curve curve;
  std::string weights_hash;
  double train_seconds = 0;  ///< clock over steps only
  double evaluate_seconds = 0;
  std::vector<record::Real> first_batch_losses;  ///< l2's part as of the last look before the step
  std::optional<double> batch_uphill_fraction;   ///< of successive batch losses over all steps
  std::vector<float> weights;                    ///< where it ended
};

/// Trains from Objective::initial, or where the options say. Full-batch gradient descent is batch == n: one loop, not
/// two. The clock stops during evaluation, sampling and hashing. Diverged: non-finite weights or value, or value > 10³
/// × f₀ (seen at a grid point).
Trace train(engine::Objective& objective, const Optimizer& optimizer, const TrainOptions& options);

}  // namespace descent::train
