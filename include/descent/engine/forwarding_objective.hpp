#pragma once

#include "descent/engine/objective.hpp"

namespace descent::engine {

/// An objective that is another one, apart from what a derived class overrides.
class ForwardingObjective : public Objective {
 public:
  /// `inner` must outlive it.
  explicit ForwardingObjective(Objective& inner) : inner_(inner) {}

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
  Evaluation evaluate(std::span<const float> w) override { return inner_.evaluate(w); }

 private:
  Objective& inner_;
};

}  // namespace descent::engine
