#include "descent/train/train.hpp"

#include <algorithm>
#include <cmath>

#include "descent/machine/denormals.hpp"
#include "train/recorder.hpp"
#include "train/stopwatch.hpp"
#include "train/walker.hpp"

namespace descent::train {
namespace {

constexpr std::size_t kLastUnitStep = 16;

/// Where a run is looked at next.
std::int64_t point_of(const TrainOptions& options, std::size_t index) {
  if (options.grid) return options.grid(index);
  return options.every_step ? static_cast<std::int64_t>(index) : grid_step(index);
}

/// Why a run ends at a point where f is `value`; "" where it goes on.
std::string why_stop(const TrainOptions& options, std::int64_t step, bool reached, bool reached_before) {
  if (reached && reached_before) return "target";
  if (step >= options.max_steps) return "budget";
  if (!reached && options.abandon_after && step > *options.abandon_after) return "abandoned";
  if (options.cancel != nullptr && options.cancel->load()) return "cancelled";
  return {};
}

/// Evaluates every step between `place` and the walker.
void look_between(Walker& walker, Walker::Place& place, Recorder& recorder) {
  while (place.step + 1 < walker.step()) {
    double loss = 0;
    {
      const Stopwatch clock(recorder.seconds());
      loss = walker.repeat(place);
    }
    recorder.note_between(place.step, walker.epoch(place.step), place.weights, loss);
  }
}

}  // namespace

std::int64_t grid_step(std::size_t index) {
  if (index <= kLastUnitStep) return static_cast<std::int64_t>(index);
  return std::llround(16 * std::exp2(static_cast<double>(index - kLastUnitStep) / 8));
}

Trace train(engine::Objective& objective, const Optimizer& optimizer, const TrainOptions& options) {
  // A team's workers do so too: weights do not depend on which thread takes the steps.
  const machine::FlushDenormals flush;
  Walker walker(objective, optimizer, options);
  Recorder recorder(objective, options);
  const auto told = [&](std::int64_t step, std::span<const double> losses) { recorder.batch_losses(step, losses); };
  Trace trace;
  bool under = false;
  for (std::size_t point = 0; trace.stop.empty(); ++point) {
    const std::int64_t until = std::min(point_of(options, point), options.max_steps), stretch = until - walker.step();
    Walker::Place place;
    const bool may_look_between = !options.exact_at.empty() && walker.repeats() && recorder.has_points() &&
                                  stretch >= 2 && stretch <= kMostExactSteps;
    if (may_look_between) {
      place = walker.here();
      recorder.begin_stretch();
    }
    if (!walker.advance_to(until, told)) {
      trace.stop = "cancelled";
      break;
    }
    const engine::Evaluation evaluation = recorder.evaluate(walker.step(), walker.weights());
    if (may_look_between && recorder.passes_wanted(evaluation.value)) look_between(walker, place, recorder);
    recorder.note(walker.step(), walker.epoch(walker.step()), walker.weights(), evaluation);
    const bool reached = options.stop_value && evaluation.value <= *options.stop_value;
    trace.stop = recorder.diverged() ? "diverged" : why_stop(options, walker.step(), reached, under);
    under = reached;
  }
  trace.steps = walker.step();
  trace.status = trace.stop == "diverged" ? "diverged" : "completed";
  // The last point has no next step to take its batch loss from: that batch is looked at by itself.
  if (options.keep_batch_losses && trace.status == "completed" && objective.examples() > 0 &&
      recorder.lacks_batch_loss(walker.step())) {
    const Stopwatch clock(recorder.seconds());
    recorder.last_batch_loss(walker.next_batch_value());
  }
  recorder.finish(trace);
  trace.train_seconds = walker.seconds();
  trace.weights = walker.weights();
  return trace;
}

}  // namespace descent::train
