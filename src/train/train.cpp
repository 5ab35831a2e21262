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

/// Is something undecided that more steps may decide? `watch`: the passage of stop_value.
bool is_open(const TrainOptions& options, const std::optional<stats::PassageWatch>& watch) {
  return (watch && watch->open()) || (options.unsettled && options.unsettled());
}

/// Why a run ends at a step; none if it goes on.
Ending why_stop(const TrainOptions& options, std::int64_t step, const std::optional<stats::PassageWatch>& watch) {
  if (watch && watch->found()) return Ending::target;
  if (step >= options.max_steps &&
      (static_cast<double>(step) >= stats::kHold * static_cast<double>(options.max_steps) || !is_open(options, watch)))
    return Ending::budget;
  if (options.abandon_after && step > *options.abandon_after && !(watch && watch->open())) return Ending::abandoned;
  if (options.cancel != nullptr && options.cancel->load()) return Ending::cancelled;
  return Ending::none;
}

/// Evaluates every step between `place` and the walker's present step.
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
  // The team's workers flush denormals too, so weights do not depend on which thread takes the steps.
  const machine::FlushDenormals flush;
  Walker walker(objective, optimizer, options);
  Recorder recorder(objective, options);
  const auto told = [&](std::int64_t step, std::span<const double> losses) { recorder.batch_losses(step, losses); };
  Trace trace;
  Looks looks(options);
  std::optional<stats::PassageWatch> watch;
  if (options.stop_value) watch.emplace(*options.stop_value, options.least_value);
  // An evaluation after this step tells only about earlier steps.
  const std::int64_t last = std::min(options.max_steps, options.abandon_after.value_or(options.max_steps) + 1);
  bool counts = true;
  std::size_t watched = 0;  // points that `watch` has seen
  while (trace.stop == Ending::none) {
    bool last_look = false;  // the budget has ended and nothing is undecided
    const bool beyond = walker.step() >= options.max_steps;
    const std::int64_t until = looks.next(options.max_steps, [&] {
      last_look = !beyond && !is_open(options, watch);
      return !last_look;
    });
    const std::int64_t stretch = until - walker.step();
    Walker::Place place;
    const bool may_look_between = !options.exact_at.empty() && walker.repeats() && recorder.has_points() &&
                                  stretch >= 2 && stretch <= kMostExactSteps;
    if (may_look_between) {
      place = walker.here();
      recorder.begin_stretch();
    }
    if (!walker.advance_to(until, told)) {
      trace.stop = Ending::cancelled;
      break;
    }
    const engine::Evaluation evaluation = recorder.evaluate(walker.step(), walker.weights());
    if (may_look_between && recorder.passes_wanted(evaluation.value)) look_between(walker, place, recorder);
    recorder.note(walker.step(), walker.epoch(walker.step()), walker.weights(), evaluation, !looks.between());
    looks.saw(walker.step(), evaluation.value);
    const record::Curve& curve = recorder.curve();
    for (; watch && watched < curve.step.size() && curve.loss[watched]; ++watched)
      watch->add(curve.step[watched], *curve.loss[watched],
                 counts && !last_look && curve.step[watched] <= options.max_steps);
    counts = walker.step() < last;
    trace.stop = recorder.diverged() ? Ending::diverged
                 : last_look         ? Ending::budget
                                     : why_stop(options, walker.step(), watch);
  }
  trace.steps = walker.step();
  // No step follows the last point, so its batch loss is computed separately.
  if (options.keep_batch_losses && trace.stop != Ending::diverged && objective.examples() > 0 &&
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
