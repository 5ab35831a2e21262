#include "descent/train/train.hpp"

#include <algorithm>
#include <cmath>

#include "descent/machine/denormals.hpp"
#include "descent/stats/passage.hpp"
#include "train/looks.hpp"
#include "train/recorder.hpp"
#include "train/stopwatch.hpp"
#include "train/walker.hpp"

namespace descent::train {
namespace {

constexpr std::size_t kLastUnitStep = 16;

/// How many steps a run may take to settle what its budget leaves open.
std::int64_t most_steps(const TrainOptions& options) {
  const double longest = std::ceil(stats::kHold * static_cast<double>(options.max_steps));
  return options.stop_value || options.unsettled ? static_cast<std::int64_t>(longest) + 1 : options.max_steps;
}

/// Why a run ends at a step; "" where it goes on. `watch`: of stop_value.
std::string why_stop(const TrainOptions& options, std::int64_t step, const std::optional<stats::PassageWatch>& watch) {
  if (watch && watch->found()) return "target";
  const bool open = (watch && watch->open()) || (options.unsettled && options.unsettled());
  if (step >= options.max_steps && (!open || step >= most_steps(options))) return "budget";
  if (options.abandon_after && step > *options.abandon_after && !open) return "abandoned";
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
  Looks looks(options);
  std::optional<stats::PassageWatch> watch;
  if (options.stop_value) watch.emplace(*options.stop_value, options.least_value);
  // A look at more steps than these tells only about what was before.
  const std::int64_t last = std::min(options.max_steps, options.abandon_after.value_or(options.max_steps) + 1);
  bool counts = true;
  std::size_t watched = 0;  // points that it knows of
  while (trace.stop.empty()) {
    const std::int64_t most = walker.step() < options.max_steps ? options.max_steps : most_steps(options);
    const std::int64_t until = looks.next(most), stretch = until - walker.step();
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
    recorder.note(walker.step(), walker.epoch(walker.step()), walker.weights(), evaluation, !looks.between());
    looks.saw(walker.step(), evaluation.value);
    const record::Curve& curve = recorder.curve();
    for (; watch && watched < curve.step.size() && curve.loss[watched]; ++watched)
      watch->add(curve.step[watched], *curve.loss[watched], counts);
    counts = walker.step() < last;
    trace.stop = recorder.diverged() ? "diverged" : why_stop(options, walker.step(), watch);
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
