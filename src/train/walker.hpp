#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "descent/train/train.hpp"

namespace descent::train {

/// Moves the weights of one run: draws rows off the clock, takes steps under it.
class Walker {
 public:
  /// The weights before some step of a run, from where it can be walked once more.
  struct Place {
    std::int64_t step = 0;
    std::vector<float> weights, state;
  };
  /// Told the losses of the batches of new steps, each at the weights before its step, without the l2 term.
  using Told = std::function<void(std::int64_t first_step, std::span<const double> losses)>;

  /// `objective`, `optimizer` and `options` must outlive it.
  Walker(engine::Objective& objective, const Optimizer& optimizer, const TrainOptions& options);

  std::int64_t step() const noexcept { return step_; }
  const std::vector<float>& weights() const noexcept { return w_; }
  double seconds() const noexcept { return seconds_; }
  double epoch(std::int64_t step) const noexcept;
  /// Does every step take all rows?
  bool full() const noexcept { return full_; }

  /// Takes the steps up to `until`; false when cancelled before that. Where the objective takes steps in groups, whole
  /// groups lead to group_start_, and the begun one is walked from there for whoever looks: again with every look.
  bool advance_to(std::int64_t until, const Told& told);

  /// Can steps be taken again from where it is?
  bool repeats() const noexcept { return full_ && group_ == 1; }
  Place here() const { return {step_, w_, state_}; }
  /// Takes one step from `place` once more, off the clock; returns its batch's loss.
  double repeat(Place& place);

  /// f of the batch of the next step, l2 included, at the weights as they are. Off the clock.
  double next_batch_value();

 private:
  bool take(std::int64_t from, std::int64_t until, std::vector<float>& w, const Told& told);

  engine::Objective& objective_;
  const Optimizer& optimizer_;
  const TrainOptions& options_;
  std::size_t rows_total_;
  bool full_;          // every step takes all rows, or there are none
  std::size_t batch_;  // of a landscape: what divides its noise; 0: no noise
  Sampler sampler_;
  std::vector<float> w_, state_;
  std::int64_t group_;              // steps that the objective takes together
  std::vector<float> group_start_;  // where it does: the weights at the last multiple of group_ up to step_
  std::vector<std::uint32_t> rows_;
  std::vector<double> rates_, losses_;
  std::int64_t step_ = 0;
  double seconds_ = 0;
};

}  // namespace descent::train
