#include "descent/train/train.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "descent/core/hash.hpp"

namespace descent::train {
namespace {

constexpr std::size_t kLastUnitStep = 16;
constexpr std::size_t kRowsAtOnce = std::size_t{1} << 18;  // indices drawn ahead of the clock: 1 MiB
constexpr double kDivergedFactor = 1e3;

class Stopwatch {
 public:
  explicit Stopwatch(double& total) : total_(total), start_(std::chrono::steady_clock::now()) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() { total_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  double& total_;
  std::chrono::steady_clock::time_point start_;
};

bool all_finite(std::span<const float> w) noexcept {
  float sum = 0;
  for (const float value : w) sum += value * 0.0F;
  return sum == 0.0F;
}

record::Real finite(double value) { return std::isfinite(value) ? record::Real(value) : record::Real(); }

/// One training run: draws rows, takes steps under the clock, looks at the weights off it.
class Run {
 public:
  Run(engine::Objective& objective, const engine::UpdateRule& rule, const TrainOptions& options)
      : objective_(objective),
        rule_(rule),
        options_(options),
        rows_total_(objective.examples()),
        full_(options.sampling == Sampling::none || rows_total_ == 0),
        batch_(full_ ? std::max<std::size_t>(1, rows_total_) : options.batch),
        sampler_(full_ ? Sampling::none : options.sampling, std::max<std::size_t>(1, rows_total_), batch_,
                 options.seed),
        w_(objective.parameters()),
        state_(rule.state_per_parameter() * w_.size()),
        group_(static_cast<std::int64_t>(objective.group_steps(rule, batch_))) {
    const std::size_t most = full_ ? 1024 : std::clamp<std::size_t>(kRowsAtOnce / batch_, 1, 4096);
    if (!full_) rows_.resize(most * batch_);
    rates_.resize(most);
    losses_.resize(most);
    objective_.initial(options.seed, w_);
    if (group_ > 1) group_start_ = w_;
  }

  Trace train() {
    bool under = false;
    for (std::size_t point = 0;; ++point) {
      const std::int64_t target = options_.grid         ? options_.grid(point)
                                  : options_.every_step ? static_cast<std::int64_t>(point)
                                                        : grid_step(point);
      const std::int64_t until = std::min(target, options_.max_steps);
      keep_start(until);
      if (!advance_to(until)) break;
      const engine::Evaluation evaluation = evaluate(w_);
      look_between(evaluation.value);
      note(step_, w_, evaluation, std::exchange(rises_, 0));
      if (trace_.stop == "diverged") break;
      const bool reached = options_.stop_value && evaluation.value <= *options_.stop_value;
      if (reached && under)
        trace_.stop = "target";
      else if (step_ >= options_.max_steps)
        trace_.stop = "budget";
      else if (!reached && options_.abandon_after && step_ > *options_.abandon_after)
        trace_.stop = "abandoned";
      else if (options_.cancel != nullptr && options_.cancel->load())
        trace_.stop = "cancelled";
      if (!trace_.stop.empty()) break;
      under = reached;
    }
    finish();
    return std::move(trace_);
  }

 private:
  double epoch(std::int64_t step) const noexcept {
    return rows_total_ == 0
               ? static_cast<double>(step)
               : static_cast<double>(step) * static_cast<double>(batch_) / static_cast<double>(rows_total_);
  }

  /// Keeps what look_between needs to walk to the next grid point once more.
  void keep_start(std::int64_t until) {
    start_.clear();
    if (options_.exact_at.empty() || !full_ || group_ > 1 || !state_.empty() || trace_.curve.step.empty()) return;
    if (until - step_ < 2 || until - step_ > kMostExactSteps) return;
    start_ = w_;
    start_step_ = step_;
    start_previous_ = previous_;
  }

  /// Where f has passed a value whose passage is to be known to a step, evaluates every step since the last point, off
  /// the clock.
  void look_between(double value) {
    if (start_.empty() || !trace_.curve.loss.back()) return;
    const double before = *trace_.curve.loss.back();
    if (std::none_of(options_.exact_at.begin(), options_.exact_at.end(),
                     [&](double exact) { return before > exact && value <= exact; }))
      return;
    for (std::int64_t step = start_step_ + 1; step < step_; ++step) {
      const double rate = options_.schedule.rate(static_cast<std::uint64_t>(step - 1));
      double loss = 0;
      engine::StepSequence one;
      one.batch = batch_;
      one.rates = std::span(&rate, 1);
      one.losses = std::span(&loss, 1);
      {
        const Stopwatch clock(trace_.evaluate_seconds);
        objective_.advance(rule_, one, start_, state_);
      }
      const bool rise = start_previous_ && loss > *start_previous_;
      start_previous_ = loss;
      rises_ -= rise;
      const engine::Evaluation evaluation = evaluate(start_);
      note(step, start_, evaluation, rise);
      trace_.curve.batch_loss.back() = finite(evaluation.value);  // all rows: f itself
    }
  }

  /// Takes the steps up to `until`, clock running; false when cancelled. Where the objective takes steps in groups,
  /// whole groups lead to group_start_, and the begun one is walked from there for whoever looks: again with every
  /// look.
  bool advance_to(std::int64_t until) {
    if (group_ == 1) return take(step_, until, w_);
    const std::int64_t whole = until / group_ * group_, begun = step_ / group_ * group_;
    if (!take(begun, whole, group_start_)) return false;
    w_ = group_start_;
    return take(whole, until, w_);
  }

  /// Takes the steps [from, until) from the weights w at step `from`; those before step_ for a second time.
  bool take(std::int64_t from, std::int64_t until, std::vector<float>& w) {
    while (from < until) {
      if (options_.cancel != nullptr && options_.cancel->load()) {
        trace_.stop = "cancelled";
        return false;
      }
      std::size_t count = std::min(rates_.size(), static_cast<std::size_t>(until - from));
      if (count == rates_.size()) count -= count % static_cast<std::size_t>(group_);
      const auto first = static_cast<std::uint64_t>(from);
      for (std::size_t s = 0; s < count; ++s) rates_[s] = options_.schedule.rate(first + s);
      engine::StepSequence steps;
      steps.batch = batch_;
      steps.rates = std::span(rates_).first(count);
      steps.losses = std::span(losses_).first(count);
      if (!full_) {
        sampler_.rows(first, count, rows_);
        steps.rows = std::span<const std::uint32_t>(rows_).first(count * batch_);
      }
      {
        const Stopwatch clock(trace_.train_seconds);
        objective_.advance(rule_, steps, w, state_);
      }
      from += static_cast<std::int64_t>(count);
      if (from <= step_) continue;
      note_batch_losses(steps.losses.last(static_cast<std::size_t>(from - step_)));
      step_ = from;
    }
    return true;
  }

  /// The first loss of a stretch belongs to the last evaluation point: the same weights.
  void note_batch_losses(std::span<const double> losses) {
    if (!trace_.curve.batch_loss.empty() && !trace_.curve.batch_loss.back() && trace_.curve.step.back() == step_)
      trace_.curve.batch_loss.back() = finite(losses[0] + regulariser_);
    for (const double loss : losses) {
      if (previous_) uphill_ += loss > *previous_, rises_ += loss > *previous_, ++pairs_;
      previous_ = loss;
    }
  }

  engine::Evaluation evaluate(std::span<const float> w) {
    const Stopwatch clock(trace_.evaluate_seconds);
    return objective_.evaluate(w);
  }

  /// A point of the curve. `rises`: of batch losses since the point before.
  void note(std::int64_t step, std::span<const float> w, const engine::Evaluation& evaluation, std::int64_t rises) {
    const Stopwatch clock(trace_.evaluate_seconds);
    regulariser_ = evaluation.regulariser;
    if (options_.hash_weights) hash_.update_values(w);
    if (options_.observe) options_.observe(step, w, evaluation);
    record::Curve& curve = trace_.curve;
    curve.step.push_back(step);
    curve.epoch.push_back(epoch(step));
    curve.loss.push_back(finite(evaluation.value));
    curve.batch_loss.emplace_back();
    curve.validation_accuracy.push_back(evaluation.validation_accuracy);
    curve.gradient_norm.push_back(evaluation.gradient_norm ? finite(*evaluation.gradient_norm) : record::Real());
    curve.active_fraction.push_back(evaluation.active_fraction);
    curve.batch_rises.push_back(rises);
    if (step == 0) f0_ = evaluation.value;
    // max(0, NaN) is 0: a hinge would hide what the weights show.
    if (!std::isfinite(evaluation.value) || !all_finite(w) || (f0_ > 0 && evaluation.value > kDivergedFactor * f0_))
      trace_.stop = "diverged";
  }

  void finish() {
    trace_.steps = step_;
    trace_.status = trace_.stop == "diverged" ? "diverged" : "completed";
    if (options_.hash_weights) trace_.weights_hash = hash_.hex();
    if (pairs_ > 0) trace_.batch_uphill_fraction = static_cast<double>(uphill_) / static_cast<double>(pairs_);
    // The last point has no next step to take its batch loss from: that batch is looked at by itself.
    if (options_.keep_batch_losses && trace_.status == "completed" && !trace_.curve.step.empty() &&
        trace_.curve.step.back() == step_ && rows_total_ > 0 && !trace_.curve.batch_loss.back()) {
      const Stopwatch clock(trace_.evaluate_seconds);
      std::vector<float> unused(w_.size());
      if (!full_) sampler_.rows(static_cast<std::uint64_t>(step_), 1, rows_);
      const auto rows = full_ ? std::span<const std::uint32_t>{} : std::span<const std::uint32_t>(rows_).first(batch_);
      trace_.curve.batch_loss.back() = finite(objective_.gradient(w_, rows, unused));
    }
    trace_.weights = std::move(w_);
  }

  engine::Objective& objective_;
  const engine::UpdateRule& rule_;
  const TrainOptions& options_;
  std::size_t rows_total_;
  bool full_;
  std::size_t batch_;
  Sampler sampler_;
  std::vector<float> w_, state_;
  std::int64_t group_;              // steps that the objective takes together
  std::vector<float> group_start_;  // where it does: the weights at the last multiple of group_ up to step_
  std::vector<std::uint32_t> rows_;
  std::vector<double> rates_, losses_;
  core::Sha256 hash_;
  Trace trace_;
  std::int64_t step_ = 0;
  double f0_ = 0, regulariser_ = 0;
  std::optional<double> previous_;
  std::int64_t uphill_ = 0, pairs_ = 0, rises_ = 0;
  std::vector<float> start_;  // weights at the last point, where the way from there may be walked once more
  std::int64_t start_step_ = 0;
  std::optional<double> start_previous_;
};

}  // namespace

std::int64_t grid_step(std::size_t index) {
  if (index <= kLastUnitStep) return static_cast<std::int64_t>(index);
  return std::llround(16 * std::exp2(static_cast<double>(index - kLastUnitStep) / 8));
}

Trace train(engine::Objective& objective, const engine::UpdateRule& rule, const TrainOptions& options) {
  return Run(objective, rule, options).train();
}

}  // namespace descent::train
