#include "train/recorder.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "train/stopwatch.hpp"

namespace descent::train {
namespace {

constexpr double kDivergedFactor = 1e3;

bool all_finite(std::span<const float> w) noexcept {
  float sum = 0;
  for (const float value : w) sum += value * 0.0F;
  return sum == 0.0F;
}

record::Real finite(double value) { return std::isfinite(value) ? record::Real(value) : record::Real(); }

}  // namespace

void Recorder::batch_losses(std::int64_t first_step, std::span<const double> losses) {
  if (options_.keep_batch_losses && lacks_batch_loss(first_step)) last_batch_loss(losses[0] + regulariser_);
  for (std::size_t i = 0; i < losses.size() && first_batch_losses_.size() < options_.first_batch_losses; ++i)
    if (first_step + static_cast<std::int64_t>(i) == static_cast<std::int64_t>(first_batch_losses_.size()))
      first_batch_losses_.push_back(finite(losses[i] + regulariser_));
  for (const double loss : losses) {
    if (previous_) uphill_ += loss > *previous_, rises_ += loss > *previous_, ++pairs_;
    previous_ = loss;
  }
}

engine::Evaluation Recorder::evaluate(std::int64_t step, std::span<const float> w) {
  const Stopwatch clock(seconds_);
  if (options_.metrics == Metrics::all) return objective_.evaluate(w);
  engine::Evaluation result;
  const bool known = options_.f0 && (step == 0 || step < options_.look_from);
  result.value = known ? *options_.f0 : objective_.value(w);
  return result;
}

void Recorder::note(std::int64_t step, double epoch, std::span<const float> w, const engine::Evaluation& evaluation,
                    bool hashed) {
  const Stopwatch clock(seconds_);
  add(step, epoch, w, evaluation, std::exchange(rises_, 0), hashed);
}

void Recorder::note_between(std::int64_t step, double epoch, std::span<const float> w, double loss) {
  const bool rise = previous_between_ && loss > *previous_between_;
  previous_between_ = loss;
  rises_ -= rise;
  const engine::Evaluation evaluation = evaluate(step, w);
  const Stopwatch clock(seconds_);
  add(step, epoch, w, evaluation, rise, true);
  curve_.batch_loss.back() = finite(evaluation.value);  // with all rows, the batch loss is f itself
}

void Recorder::add(std::int64_t step, double epoch, std::span<const float> w, const engine::Evaluation& evaluation,
                   std::int64_t rises, bool hashed) {
  regulariser_ = evaluation.regulariser;
  if (options_.hash_weights && hashed) hash_.update_values(w);
  if (options_.observe) options_.observe(step, w, evaluation);
  curve_.step.push_back(step);
  curve_.epoch.push_back(epoch);
  curve_.loss.push_back(finite(evaluation.value));
  curve_.batch_loss.emplace_back();
  curve_.validation_accuracy.push_back(evaluation.validation_accuracy);
  curve_.gradient_norm.push_back(evaluation.gradient_norm ? finite(*evaluation.gradient_norm) : record::Real());
  curve_.active_fraction.push_back(evaluation.active_fraction);
  curve_.batch_rises.push_back(rises);
  if (evaluation.escape_distance) curve_.escape_distance.push_back(finite(*evaluation.escape_distance));
  if (evaluation.least_curvature) {  // a landscape, of two weights
    curve_.least_curvature.push_back(finite(*evaluation.least_curvature));
    curve_.x.push_back(finite(w[0]));
    curve_.y.push_back(finite(w[1]));
  }
  if (step == 0) f0_ = evaluation.value;
  // The value alone may hide NaN weights: max(0, NaN) is 0 in a hinge.
  if (!std::isfinite(evaluation.value) || !all_finite(w) || (f0_ > 0 && evaluation.value > kDivergedFactor * f0_))
    diverged_ = true;
}

bool Recorder::passes_wanted(double value) const {
  if (!curve_.loss.back()) return false;
  const double before = *curve_.loss.back();
  return std::any_of(options_.exact_at.begin(), options_.exact_at.end(),
                     [&](double exact) { return before > exact && value <= exact; });
}

bool Recorder::lacks_batch_loss(std::int64_t step) const {
  return has_points() && curve_.step.back() == step && !curve_.batch_loss.back();
}

void Recorder::last_batch_loss(double value) { curve_.batch_loss.back() = finite(value); }

void Recorder::finish(Trace& trace) {
  trace.curve = std::move(curve_);
  trace.first_batch_losses = std::move(first_batch_losses_);
  trace.evaluate_seconds = seconds_;
  if (options_.hash_weights) trace.weights_hash = hash_.hex();
  if (pairs_ > 0) trace.batch_uphill_fraction = static_cast<double>(uphill_) / static_cast<double>(pairs_);
}

}  // namespace descent::train
