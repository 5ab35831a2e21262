#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "descent/core/hash.hpp"
#include "descent/train/train.hpp"

namespace descent::train {

/// Keeps the curve of one run: looks at weights, off the clock of the steps, and counts rises of the batch losses.
class Recorder {
 public:
  Recorder(engine::Objective& objective, const TrainOptions& options) : objective_(objective), options_(options) {}

  /// The batch losses of new steps from `first_step` on. The first of them belongs to the last point of the curve, if
  /// that is where the stretch began: the same weights.
  void batch_losses(std::int64_t first_step, std::span<const double> losses);

  /// What is wanted of these weights at a step.
  engine::Evaluation evaluate(std::int64_t step, std::span<const float> w);
  /// A point of the curve at the end of new steps, with the rises of batch losses since the point before.
  /// `hashed`: it is one of those that the hash is over.
  void note(std::int64_t step, double epoch, std::span<const float> w, const engine::Evaluation& evaluation,
            bool hashed = true);
  /// A point between the last one and the next, of full-batch descent: its batch loss is f. `loss`: of the step that
  /// led there, which the next point will not count any more.
  void note_between(std::int64_t step, double epoch, std::span<const float> w, double loss);

  /// Has f passed, from the last point to `value`, one of the values whose passage is to be known to a step?
  bool passes_wanted(double value) const;
  /// Before the steps to the next point: note_between goes on from here.
  void begin_stretch() { previous_between_ = previous_; }

  /// Non-finite weights or value, or a value beyond 10³ × f₀.
  bool diverged() const noexcept { return diverged_; }
  const record::Curve& curve() const noexcept { return curve_; }
  bool has_points() const noexcept { return !curve_.step.empty(); }
  /// Is the batch loss of a point at `step` still to be told?
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
