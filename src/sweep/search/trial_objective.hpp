#pragma once

#include <algorithm>
#include <cstdint>

#include "descent/engine/forwarding_objective.hpp"
#include "descent/train/train.hpp"

namespace descent::sweep {

/// An objective under trial for its learning rate: only f is looked at, and only from some step on, since all that
/// counts is where it crosses the target. Evaluations would cost more than the steps otherwise: some 80 passes for what
/// takes six at batch 32.
class TrialObjective final : public engine::ForwardingObjective {
 public:
  /// f0: the value at the start, which stands in for what is not looked at.
  TrialObjective(engine::Objective& inner, double f0, std::int64_t look_from, bool every_step)
      : engine::ForwardingObjective(inner), f0_(f0), look_from_(look_from), every_step_(every_step) {}

  /// train() asks once per point of its grid, in order.
  engine::Evaluation evaluate(std::span<const float> w) override {
    const std::int64_t step = every_step_ ? static_cast<std::int64_t>(point_) : train::grid_step(point_);
    ++point_;
    engine::Evaluation result;
    result.value = step == 0 || step < look_from_ ? f0_ : value(w);
    return result;
  }

 private:
  double f0_;
  std::int64_t look_from_;
  bool every_step_;
  std::size_t point_ = 0;
};

}  // namespace descent::sweep
