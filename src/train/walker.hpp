#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "descent/train/train.hpp"

namespace descent::train {

/// Moves the weights of one run: draws rows while the clock is stopped, and takes steps while it runs.
class Walker {
 public:
  /// The weights before some step of a run, from which the steps can be taken again.
  struct Place {
    std::int64_t step = 0;
    std::vector<float> weights, state;
  };
  /// Called with the batch losses of new steps, each at the weights before its step, without the l2 term.
  using Told = std::function<void(std::int64_t first_step, std::span<const double> losses)>;

  /// `objective`, `optimizer` and `options` must outlive it.
  Walker(engine::Objective& objective, const Optimizer& optimizer, const TrainOptions& options);

  std::int64_t step() const noexcept { return step_; }
  const std::vector<float>& weights() const noexcept { return w_; }
  double seconds() const noexcept { return seconds_; }
  double epoch(std::int64_t step) const noexcept;
  /// Does every step take all rows?
  bool full() const noexcept { return full_; }

  /// Takes the steps up to `until`; false if cancelled before that. If the objective takes steps in groups,
  /// group_start_ advances by whole groups; the steps of an unfinished group are taken from there again at every
  /// evaluation.
  bool advance_to(std::int64_t until, const Told& told);

  /// Can steps be taken again from the present step?
  bool repeats() const noexcept { return full_ && group_ == 1; }
  Place here() const { return {step_, w_, state_}; }
  /// Takes one step from `place` again, with the clock stopped; returns its batch loss.
  double repeat(Place& place);

  /// f of the next step's batch, l2 included, at the present weights. The clock is stopped.
  double next_batch_value();

 private:
  bool take(std::int64_t from, std::int64_t until, std::vector<float>& w, const Told& told);

  engine::Objective& objective_;
  const Optimizer& optimizer_;
  const TrainOptions& options_;
  std::size_t rows_total_;
  bool full_;          // every step takes all rows, or there are none
  std::size_t batch_;  // for a landscape: the batch size of its noise; 0: no noise
  Sampler sampler_;
  std::vector<float> w_, state_;
  std::int64_t group_;              // number of steps that the objective takes together
  std::vector<float> group_start_;  // if group_ > 1: the weights at the last multiple of group_ up to step_
  std::vector<std::uint32_t> rows_;
  std::vector<double> rates_, losses_;
  std::int64_t step_ = 0;
  double seconds_ = 0;
};

}  // namespace descent::train
