#include "descent/train/floor_run.hpp"

#include <algorithm>
#include <vector>

#include "descent/train/train.hpp"

namespace descent::train {
namespace {

record::Real distance_squared(std::span<const float> w, std::span<const double> optimum) {
  if (optimum.size() != w.size()) return {};
  double sum = 0;
  for (std::size_t j = 0; j < w.size(); ++j) sum += (w[j] - optimum[j]) * (w[j] - optimum[j]);
  return sum;
}

/// All steps that are evaluated, from 0 on.
std::vector<std::int64_t> steps_of(const FloorRequest& request, std::int64_t epoch) {
  std::vector<std::int64_t> steps{0};
  for (std::size_t k = 1; k <= request.looks; ++k) steps.push_back(static_cast<std::int64_t>(k) * request.spacing);
  for (std::size_t e = 1; e <= request.epochs; ++e) steps.push_back(static_cast<std::int64_t>(e) * epoch);
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  return steps;
}

}  // namespace

std::optional<record::FloorRun> run_floor(engine::Objective& objective, const Optimizer& optimizer,
                                          const FloorRequest& request) {
  record::FloorRun run;
  run.status = record::FloorStatus::ok;
  run.batch = static_cast<std::int64_t>(request.batch), run.seed = request.seed, run.lr = request.rate;
  run.spacing = request.spacing;
  const auto epoch = static_cast<std::int64_t>(objective.examples() / request.batch);
  const std::vector<std::int64_t> steps = steps_of(request, epoch);
  if (request.epochs > 0) run.steps_per_epoch = epoch;

  std::vector<record::Real> distances;
  TrainOptions options;
  options.sampling = request.sampling, options.batch = request.batch, options.seed = request.seed;
  options.schedule.base = request.rate;
  options.max_steps = steps.back();
  options.grid = [&](std::size_t point) { return steps[std::min(point, steps.size() - 1)]; };
  options.hash_weights = options.keep_batch_losses = false;
  options.cancel = request.cancel;
  options.observe = [&](std::int64_t /*step*/, std::span<const float> w, const engine::Evaluation& /*evaluation*/) {
    distances.push_back(distance_squared(w, request.optimum));
  };
  options.start = request.start;
  options.metrics = Metrics::value;
  const Trace trace = train(objective, optimizer, options);
  if (trace.stop == Ending::cancelled) return std::nullopt;
  if (trace.stop == Ending::diverged) {
    run.status = record::FloorStatus::diverged;
    return run;
  }
  std::int64_t rises = 0;
  for (std::size_t i = 1; i < trace.curve.step.size(); ++i) {
    const std::int64_t step = trace.curve.step[i];
    rises += trace.curve.batch_rises[i];
    if (step % request.spacing == 0 && run.loss.size() < request.looks) {
      run.loss.push_back(trace.curve.loss[i]);
      run.distance_squared.push_back(distances[i]);
      run.rises.push_back(rises);
      rises = 0;
    }
    if (request.epochs > 0 && step % epoch == 0 && run.epoch_end_loss.size() < request.epochs) {
      run.epoch_end_loss.push_back(trace.curve.loss[i]);
      run.epoch_end_distance_squared.push_back(distances[i]);
    }
  }
  return run;
}

}  // namespace descent::train
