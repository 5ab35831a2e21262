#include "train/walker.hpp"

#include <algorithm>

#include "train/stopwatch.hpp"

namespace descent::train {
namespace {

constexpr std::size_t kRowsAtOnce = std::size_t{1} << 18;  // indices drawn at once while the clock is stopped: 1 MiB

}  // namespace

Walker::Walker(engine::Objective& objective, const Optimizer& optimizer, const TrainOptions& options)
    : objective_(objective),
      optimizer_(optimizer),
      options_(options),
      rows_total_(objective.examples()),
      full_(options.sampling == Sampling::none || rows_total_ == 0),
      batch_(options.sampling == Sampling::none ? rows_total_ : options.batch),
      sampler_(full_ ? Sampling::none : options.sampling, std::max<std::size_t>(1, rows_total_),
               full_ ? std::max<std::size_t>(1, rows_total_) : batch_, options.seed),
      w_(objective.parameters()),
      state_(optimizer.state_size(objective)),
      group_(static_cast<std::int64_t>(optimizer.group_steps(objective, batch_))) {
  const std::size_t most = full_ ? 1024 : std::clamp<std::size_t>(kRowsAtOnce / batch_, 1, 4096);
  if (!full_) rows_.resize(most * batch_);
  rates_.resize(most);
  losses_.resize(most);
  if (options.start.empty())
    objective_.initial(options.seed, w_);
  else
    std::copy(options.start.begin(), options.start.end(), w_.begin());
  if (group_ > 1) group_start_ = w_;
}

double Walker::epoch(std::int64_t step) const noexcept {
  const auto steps = static_cast<double>(step);
  return rows_total_ == 0 ? steps
                          : steps * optimizer_.rows_per_step(rows_total_, batch_) / static_cast<double>(rows_total_);
}

bool Walker::advance_to(std::int64_t until, const Told& told) {
  if (group_ == 1) return take(step_, until, w_, told);
  const std::int64_t whole = until / group_ * group_, begun = step_ / group_ * group_;
  if (!take(begun, whole, group_start_, told)) return false;
  w_ = group_start_;
  return take(whole, until, w_, told);
}

/// Takes the steps [from, until) from the weights w at step `from`. Steps before step_ are taken for a second time.
bool Walker::take(std::int64_t from, std::int64_t until, std::vector<float>& w, const Told& told) {
  while (from < until) {
    if (options_.cancel != nullptr && options_.cancel->load()) return false;
    std::size_t count = std::min(rates_.size(), static_cast<std::size_t>(until - from));
    if (count == rates_.size()) count -= count % static_cast<std::size_t>(group_);
    const auto first = static_cast<std::uint64_t>(from);
    for (std::size_t s = 0; s < count; ++s) rates_[s] = options_.schedule.rate(first + s);
    engine::StepSequence steps;
    steps.batch = batch_;
    steps.rates = std::span(rates_).first(count);
    steps.losses = std::span(losses_).first(count);
    steps.first_step = first;
    steps.seed = options_.seed;
    if (!full_) {
      sampler_.rows(first, count, rows_);
      steps.rows = std::span<const std::uint32_t>(rows_).first(count * batch_);
    }
    {
      const Stopwatch clock(seconds_);
      optimizer_.advance(objective_, steps, w, state_);
    }
    from += static_cast<std::int64_t>(count);
    if (from <= step_) continue;
    const std::int64_t before = step_;
    step_ = from;
    told(before, steps.losses.last(static_cast<std::size_t>(from - before)));
  }
  return true;
}

double Walker::repeat(Place& place) {
  const double rate = options_.schedule.rate(static_cast<std::uint64_t>(place.step));
  double loss = 0;
  engine::StepSequence one;
  one.batch = batch_;
  one.rates = std::span(&rate, 1);
  one.losses = std::span(&loss, 1);
  one.first_step = static_cast<std::uint64_t>(place.step);
  one.seed = options_.seed;
  optimizer_.advance(objective_, one, place.weights, place.state);
  ++place.step;
  return loss;
}

double Walker::next_batch_value() {
  std::vector<float> unused(w_.size());
  if (full_) return objective_.gradient(w_, {}, unused);
  sampler_.rows(static_cast<std::uint64_t>(step_), 1, rows_);
  return objective_.gradient(w_, std::span<const std::uint32_t>(rows_).first(batch_), unused);
}

}  // namespace descent::train
