#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "descent/record/status.hpp"

namespace descent::sweep {

/// The result of one run at one rate and seed.
struct TrialResult {
  record::TrialStatus status = record::TrialStatus::budget;  // stopped: it had passed the incumbent
  std::int64_t steps = 0;                                    // taken
  std::optional<double> steps_to_target;
  double final_loss = 0;  // loss at its end, used if no rate reaches the target
  std::optional<double> floor_high =
      {};  // upper bound of the rate's floor, relative to the target; only if it was asked for
};

/// How good a rate is; smaller is better. Ranks are compared first, then values:
///   0  reached the target: the expected running time in steps, with its error once rates contend
///   1  stopped: it had passed the incumbent
///   2  short of the target: the loss where its runs ended
///   3  diverged: the rate itself
struct RateScore {
  int rank;
  double value;
  bool operator<(const RateScore& other) const { return rank != other.rank ? rank < other.rank : value < other.value; }
};

/// One rate of a search, with its runs in the order of the seeds. It is open while it has to be tried on another seed.
class Rate {
 public:
  /// max_steps: the steps that a run counts for if it does not reach the target.
  Rate(double lr, std::int64_t max_steps) : lr_(lr), max_steps_(static_cast<double>(max_steps)) {}

  double lr() const { return lr_; }
  const std::vector<TrialResult>& runs() const { return runs_; }
  bool closed() const { return closed_; }

  /// Keeps a run. Closes the rate if it has been tried on `met` seeds, or, unless rates contend, if the run did not
  /// reach the target.
  void record(const TrialResult& run, std::size_t met, bool contending);
  /// Closes it without another run: its runs so far have taken as many steps as the incumbent's.
  void stop();
  /// Opens it until it has been tried on `met` seeds. A rate that diverged stays closed.
  void reopen(std::size_t met);

  double steps_of(const TrialResult& run) const { return run.steps_to_target.value_or(max_steps_); }
  double mean_steps() const;
  double standard_error() const;  ///< of the mean of its steps; two runs or more
  /// The score on its first `met` runs, or as many as there are, so that rates are compared on the same seeds.
  RateScore score(std::size_t met, bool contending) const;

 private:
  double lr_, max_steps_;
  std::vector<TrialResult> runs_;
  bool closed_ = false;
};

}  // namespace descent::sweep
