#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "descent/core/hash.hpp"
#include "descent/train/train.hpp"

namespace descent::train {

/// Records the curve of one run: evaluates weights, while the clock of the steps is stopped, and counts rises of the
/// batch losses.
class Recorder {
 public:
  Recorder(engine::Objective& objective, const TrainOptions& options) : objective_(objective), options_(options) {}

  /// Records the batch losses of new steps from `first_step` on. The first one belongs to the last point of the curve,
  /// if that point has the same weights.
  void batch_losses(std::int64_t first_step, std::span<const double> losses);

  /// Evaluates the weights at a step, with the metrics that the options want.
  engine::Evaluation evaluate(std::int64_t step, std::span<const float> w);
  /// Adds a point to the curve, with the rises of batch losses since the point before. `hashed`: the point is part of
  /// the hash.
  void note(std::int64_t step, double epoch, std::span<const float> w, const engine::Evaluation& evaluation,
            bool hashed = true);
  /// Adds a point between the last grid point and the next one, for full-batch descent, where the batch loss is f.
  /// `loss`: that of the step that led to this point; the next point will not count that step again.
  void note_between(std::int64_t step, double epoch, std::span<const float> w, double loss);

  /// Has f, between the last point and `value`, passed one of the values whose passage has to be known to a single
  /// step?
  bool passes_wanted(double value) const;
  /// Called before the steps to the next point: note_between() continues from here.
  void begin_stretch() { previous_between_ = previous_; }

  /// Non-finite weights or value, or a value beyond 10³ × f₀.
  bool diverged() const noexcept { return diverged_; }
  const record::Curve& curve() const noexcept { return curve_; }
  bool has_points() const noexcept { return !curve_.step.empty(); }
  /// Is the batch loss of the point at `step` still missing?
  bool lacks_batch_loss(std::int64_t step) const;
  void last_batch_loss(double value);

  /// Moves what was recorded into the trace.
  void finish(Trace& trace);

  double& seconds() noexcept { return seconds_; }

 private:
  void add(std::int64_t step, double epoch, std::span<const float> w, const engine::Evaluation& evaluation,
           std::int64_t rises, bool hashed);

  engine::Objective& objective_;
  const TrainOptions& options_;
  core::Sha256 hash_;
  record::Curve curve_;
  std::vector<record::Real> first_batch_losses_;
  double seconds_ = 0;
  bool diverged_ = false;
  double f0_ = 0, regulariser_ = 0;
  std::optional<double> previous_, previous_between_;
  std::int64_t uphill_ = 0, pairs_ = 0, rises_ = 0;
};

}  // namespace descent::train
