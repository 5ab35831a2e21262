#pragma once

#include <algorithm>
#include <cstdint>

#include "descent/engine/objective.hpp"
#include "descent/train/train.hpp"

namespace descent {

/// An objective under trial for its learning rate: only f is looked at, and only from some step on, since all that
/// counts is where it crosses the target. Evaluations would cost more than the steps otherwise: some 80 passes for what
/// takes six at batch 32.
class TrialObjective final : public Objective {
 public:
  /// f0: the value at the start, which stands in for what is not looked at.
  TrialObjective(Objective& inner, double f0, std::int64_t look_from, bool every_step)
      : inner_(inner), f0_(f0), look_from_(look_from), every_step_(every_step) {}

  std::size_t parameters() const override { return inner_.parameters(); }
  std::size_t examples() const override { return inner_.examples(); }
  void initial(std::uint64_t seed, std::span<float> w) const override { inner_.initial(seed, w); }
  double value(std::span<const float> w) override { return inner_.value(w); }
  double gradient(std::span<const float> w, std::span<const std::uint32_t> rows, std::span<float> out) override {
    return inner_.gradient(w, rows, out);
  }
  Cost cost(std::size_t batch) const override { return inner_.cost(batch); }
  void advance(const UpdateRule& rule, const StepSequence& steps, std::span<float> w, std::span<float> state) override {
    inner_.advance(rule, steps, w, state);
  }
  std::size_t group_steps(const UpdateRule& rule, std::size_t batch) const override {
    return inner_.group_steps(rule, batch);
  }
  /// train() asks once per point of its grid, in order.
  Evaluation evaluate(std::span<const float> w) override {
    const std::int64_t step = every_step_ ? static_cast<std::int64_t>(point_) : grid_step(point_);
    ++point_;
    Evaluation result;
    result.value = step == 0 || step < look_from_ ? f0_ : inner_.value(w);
    return result;
  }

 private:
  Objective& inner_;
  double f0_;
  std::int64_t look_from_;
  bool every_step_;
  std::size_t point_ = 0;
};

}  // namespace descent
